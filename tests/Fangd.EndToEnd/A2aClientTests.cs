using System.Diagnostics;
using System.Text.Json;

namespace Fangd.EndToEnd;

/// <summary>The daemon as an A2A agent: seen by the official client, and killed in the midst of a task.</summary>
public sealed class A2aClientTests
{
    private const string Key = "a-key-for-the-client";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("JSONRPC")]
    [InlineData("HTTP+JSON")]
    [InlineData("0.3")]
    public async Task The_official_client_finds_asks_streams_and_cancels(string kind)
    {
        await using var daemon = await DaemonWithModel.Start(Cancel, apiKey: Key);
        await daemon.Spawn("helper", Cancel);
        await daemon.Spawn("other", Cancel);

        var (code, output) = await Run([Path.Combine(Npm, "a2a.mjs"), kind, daemon.Process.Address.ToString(), Key]);

        Assert.True(code == 0 && output.EndsWith("ok\n", StringComparison.Ordinal), output);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_task_that_was_under_way_when_the_daemon_was_killed_has_failed_and_says_so()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var agent = await daemon.Spawn("helper", Cancel);
        var finished = (await Rpc(daemon, "SendMessage", Message("<<say kept>>"))).GetProperty("result").GetProperty("task");
        var begun = (await Rpc(daemon, "SendMessage", Message("<<gate never>><<say lost>>", """, "configuration": {"returnImmediately": true}"""))).GetProperty("result").GetProperty("task");
        await daemon.Model.Gate("never").Reached(1, Cancel);

        await daemon.Process.Kill(Cancel);
        await daemon.Process.Restart(Cancel);

        var lost = (await Rpc(daemon, "GetTask", $$"""{"id": "{{begun.GetProperty("id")}}"}""")).GetProperty("result");
        Assert.Equal("TASK_STATE_FAILED", lost.GetProperty("status").GetProperty("state").GetString());
        Assert.Contains("the daemon stopped", lost.GetProperty("status").GetProperty("message").GetProperty("parts")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        var kept = (await Rpc(daemon, "GetTask", $$"""{"id": "{{finished.GetProperty("id")}}"}""")).GetProperty("result");
        Assert.Equal("kept", kept.GetProperty("artifacts")[0].GetProperty("parts")[0].GetProperty("text").GetString());
        // The context goes on where it was.
        var next = (await Rpc(daemon, "SendMessage", Message("go on", "", begun.GetProperty("contextId").GetString()))).GetProperty("result").GetProperty("task");
        Assert.Equal("echo: go on", next.GetProperty("artifacts")[0].GetProperty("parts")[0].GetProperty("text").GetString());
        await daemon.AssertHealthy(agent, Cancel);
    }

    private static string Message(string text, string more = "", string? context = null)
    {
        var contextId = context is null ? "" : $$""", "contextId": "{{context}}" """;
        return $$"""{"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": {{DaemonWithModel.Json(text)}}}]{{contextId}}}{{more}}}""";
    }

    private static Task<JsonElement> Rpc(DaemonWithModel daemon, string method, string parameters) =>
        daemon.Api.Do("POST /a2a", Cancel, $$"""{"jsonrpc": "2.0", "id": 1, "method": "{{method}}", "params": {{parameters}}}""");

    private static async Task<(int Code, string Output)> Run(IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(Cancel);
        var errors = await process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, errors + await output);
    }

    private static string Npm
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "fangd.sln")))
                    return Path.Combine(folder.FullName, "tests", "Fangd.EndToEnd", "npm");
            }

            throw new InvalidOperationException("not in a checkout of the repository");
        }
    }
}

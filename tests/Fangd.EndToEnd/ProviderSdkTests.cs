using System.Diagnostics;

namespace Fangd.EndToEnd;

/// <summary>The official OpenAI and Anthropic clients for JavaScript, as they come from their registry, against the daemon's /v1.</summary>
public sealed class ProviderSdkTests
{
    private const string Key = "a-key-for-the-client";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("models")]
    [InlineData("completion")]
    [InlineData("stream")]
    [InlineData("usage")]
    [InlineData("accumulated")]
    [InlineData("tools")]
    [InlineData("runner")]
    [InlineData("errors")]
    [InlineData("responses")]
    public async Task The_official_client_works_unchanged(string scenario)
    {
        await using var daemon = await DaemonWithModel.Start(Cancel, apiKey: Key);
        await daemon.Spawn("helper", Cancel);

        await Run(daemon, scenario);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("message")]
    [InlineData("stream")]
    [InlineData("tools")]
    [InlineData("errors")]
    public async Task Anthropics_official_client_works_unchanged(string scenario)
    {
        await using var daemon = await DaemonWithModel.Start(Cancel, apiKey: Key);
        await daemon.Spawn("helper", Cancel);

        await Run(daemon, scenario, "anthropic.mjs", daemon.Process.Address.ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_that_leaves_its_stream_stops_the_model()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel, apiKey: Key);
        var agent = await daemon.Spawn("helper", Cancel);

        await Run(daemon, "abort");

        var call = await daemon.Model.CallWith("the beginning", Cancel);
        await call.Aborted.WaitAsync(Cancel);
        await daemon.AssertHealthy(agent, Cancel);
    }

    private static async Task Run(DaemonWithModel daemon, string scenario, string script = "sdk.mjs", string? address = null)
    {
        var folder = Folder();
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules", "openai")), $"the client is not installed: npm ci --prefix {folder}");
        using var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(folder, script), scenario, address ?? daemon.Process.Address + "v1", Key])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = node.StandardOutput.ReadToEndAsync(Cancel);
        var errors = await node.StandardError.ReadToEndAsync(Cancel);
        await node.WaitForExitAsync(Cancel);
        Assert.True(node.ExitCode == 0 && await output == "ok\n", $"{scenario}: {errors}{await output}");
    }

    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "fangd.sln")))
                return Path.Combine(folder.FullName, "tests", "Fangd.EndToEnd", "npm");
        }
        throw new InvalidOperationException("not in a checkout of the repository");
    }
}

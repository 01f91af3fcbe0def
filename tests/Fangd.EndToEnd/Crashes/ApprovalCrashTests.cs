using System.Globalization;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.EndToEnd.Crashes;

/// <summary>A daemon that is killed while a call waits for a person, or just as the person has decided.</summary>
public sealed class ApprovalCrashTests(ITestOutputHelper output)
{
    private const string Asking = "[approval]\nrequire_approval = [\"file_write\"]\n";
    private const int Kills = 15;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_call_that_waited_when_the_daemon_was_killed_waits_on_and_runs_once_when_it_is_approved()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel, Asking);
        var agent = await daemon.Spawn("agent", Cancel);
        using var witness = new WriteWitness(Workspace(daemon));
        var id = await KillWhileWaiting(daemon, agent, "x.txt");

        var row = await daemon.Api.Do($"GET /api/approvals/{id}", Cancel);
        Assert.Equal("pending", row.GetProperty("status").GetString());
        Assert.False(File.Exists(Path.Combine(Workspace(daemon), "x.txt")));
        Assert.Equal(1, (await daemon.Api.Do("GET /api/health/detail", Cancel)).GetProperty("interrupted_runs").GetInt32());

        await daemon.Api.Do($"POST /api/approvals/{id}/approve", Cancel);
        var session = await daemon.Until($"GET /api/agents/{agent}/session", s => Last(s).StartsWith("result: ", StringComparison.Ordinal), Cancel);

        Assert.Equal(["x.txt"], (await witness.Writes(Cancel)).Where(file => file.Value == 1).Select(file => file.Key));
        Assert.Equal("here", await File.ReadAllTextAsync(Path.Combine(Workspace(daemon), "x.txt"), Cancel));
        Assert.Equal(409, (int)(await daemon.Api.Send($"POST /api/approvals/{id}/approve", Cancel)).Status);
        await daemon.AssertHealthy(agent, Cancel);
        Assert.Empty(HistoryFaults.Of(daemon.Model.Calls[^1]));
        Assert.Equal(2, session.GetProperty("messages").EnumerateArray().Count(message => message.GetProperty("content").GetString()!.Length > 0));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_call_that_is_rejected_after_the_kill_is_told_to_the_model_and_never_runs()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel, Asking);
        var agent = await daemon.Spawn("agent", Cancel);
        var id = await KillWhileWaiting(daemon, agent, "x.txt");

        await daemon.Api.Do($"POST /api/approvals/{id}/reject", Cancel, """{"feedback": "not now"}""");
        await daemon.Until($"GET /api/agents/{agent}/session", s => Last(s).Contains("a person rejected it and said: not now", StringComparison.Ordinal), Cancel);

        Assert.False(File.Exists(Path.Combine(Workspace(daemon), "x.txt")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_call_whose_conversation_went_on_after_the_kill_cannot_be_approved_any_more()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel, Asking);
        var agent = await daemon.Spawn("agent", Cancel);
        var id = await KillWhileWaiting(daemon, agent, "x.txt");
        Assert.Equal("echo: never mind", await daemon.Ask(agent, "never mind", Cancel));

        var answer = await daemon.Api.Send($"POST /api/approvals/{id}/approve", Cancel);

        Assert.Equal((409, "the request has expired: the conversation went on without it; the tool did not run"), ((int)answer.Status, answer.Json.GetProperty("error").GetString()));
        await daemon.AssertHealthy(agent, Cancel);
        Assert.False(File.Exists(Path.Combine(Workspace(daemon), "x.txt")));
    }

    [Fact(Timeout = 120_000)]
    public async Task Killed_at_any_moment_around_the_approval_no_call_runs_twice()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var chance = new Random(seed);
        await using var daemon = await DaemonWithModel.Start(Cancel, Asking);
        var agent = await daemon.Spawn("agent", Cancel);
        using var witness = new WriteWitness(Workspace(daemon));
        for (var round = 0; round < Kills; round++)
        {
            var asked = AskToWrite(daemon, agent, string.Create(CultureInfo.InvariantCulture, $"{round}.txt"));
            var id = await Waiting(daemon);
            var approved = Ignored(daemon.Api.Send($"POST /api/approvals/{id}/approve", Cancel));
            SpinWait.SpinUntil(() => false, TimeSpan.FromMicroseconds(chance.Next(6_000)));
            await daemon.Process.Kill(Cancel);
            await Task.WhenAll(asked, approved);
            await daemon.Process.Restart(Cancel);

            // Whatever it came to: who approves again does not make it run again.
            await daemon.Api.Send($"POST /api/approvals/{id}/approve", Cancel);
            await daemon.Until("GET /api/health/detail", health => health.GetProperty("active_runs").GetInt32() == 0, Cancel);
            await daemon.AssertHealthy(agent, Cancel);
            Assert.Empty(HistoryFaults.Of(daemon.Model.Calls[^1]));
        }

        var writes = await witness.Writes(Cancel);
        output.WriteLine($"{writes.Count} of {Kills} calls ran");
        Assert.All(writes, file => Assert.Equal(1, file.Value));
    }

    private static string Workspace(DaemonWithModel daemon) => Directory.CreateDirectory(Path.Combine(daemon.Process.Home, "workspaces", "agent")).FullName;

    private static string Last(JsonElement session) => session.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetString()!;

    private static async Task<string> KillWhileWaiting(DaemonWithModel daemon, string agent, string file)
    {
        var asked = AskToWrite(daemon, agent, file);
        var id = await Waiting(daemon);
        await daemon.Process.Kill(Cancel);
        await asked;
        await daemon.Process.Restart(Cancel);
        return id;
    }

    private static Task AskToWrite(DaemonWithModel daemon, string agent, string file) => Ignored(daemon.Api.Send(
        $"POST /api/agents/{agent}/message", Cancel, DaemonWithModel.Message($$"""<<call file_write {"path": "{{file}}", "content": "here"}>>""")));

    private static async Task<string> Waiting(DaemonWithModel daemon)
    {
        var list = await daemon.Until("GET /api/approvals?status=pending", answer => answer.GetProperty("total").GetInt32() > 0, Cancel);
        return list.GetProperty("approvals")[0].GetProperty("id").GetString()!;
    }

    /// <summary>A request whose daemon is killed under it.</summary>
    private static async Task Ignored(Task<ApiResponse> request)
    {
        try
        {
            await request;
        }
        catch (HttpRequestException)
        {
            // That is what was wanted.
        }
    }
}

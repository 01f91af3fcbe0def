using Fangd.TestKit;

namespace Fangd.EndToEnd;

/// <summary>How the daemon ends: what is under way is finished, or, when somebody is in a hurry, cut with word to its readers.</summary>
public sealed class ShutdownTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Sigterm_lets_a_running_stream_end_and_takes_no_new_message()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var agent = await daemon.Spawn("talker", Cancel);
        var gate = daemon.Model.Gate("end");
        await using var stream = await daemon.Api.Stream($"POST /api/agents/{agent}/message/stream", Cancel, DaemonWithModel.Message("<<gate end>><<say one |two |three>>"));
        gate.Release();
        Assert.Equal("one ", (await stream.Next(Cancel))!.Json.GetProperty("content").GetString());

        daemon.Process.Terminate();
        var refused = await Refusal(daemon, agent);
        gate.Open();

        var rest = await stream.Rest(Cancel);
        Assert.Equal(503, (int)refused.Status);
        Assert.True(refused.Headers.ContainsKey("Retry-After"), "no Retry-After");
        Assert.Equal("two three", string.Concat(rest.SkipLast(1).Select(happened => happened.Json.GetProperty("content").GetString())));
        Assert.Equal("done", rest[^1].Type);
        Assert.Equal(0, await daemon.Process.WaitForExit(Cancel));

        await daemon.Process.Restart(Cancel);
        JsonPattern.Matches(
            """{"message_count": 2, "messages": ["*", {"role": "Assistant", "content": "one two three", "*": "*"}], "*": "*"}""",
            await daemon.Session(agent, Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_second_sigterm_cuts_a_run_that_does_not_end_and_keeps_what_was_said()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var agent = await daemon.Spawn("talker", Cancel);
        await using var stream = await daemon.Api.Stream($"POST /api/agents/{agent}/message/stream", Cancel, DaemonWithModel.Message("<<say a beginning|, no end>><<hang 1>>"));
        Assert.Equal("a beginning", (await stream.Next(Cancel))!.Json.GetProperty("content").GetString());

        daemon.Process.Terminate();
        await Refusal(daemon, agent);
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        // Less than the drain would take by itself.
        soon.CancelAfter(TimeSpan.FromSeconds(6));
        daemon.Process.Terminate();

        var last = Assert.Single(await stream.Rest(soon.Token));
        Assert.Equal("error", last.Type);
        JsonPattern.Matches("""{"code": "cancelled", "*": "*"}""", last.Json);
        Assert.Equal(0, await daemon.Process.WaitForExit(soon.Token));
        await ExpectPartialAnswer(daemon, agent);
    }

    [Fact(Timeout = 60_000)]
    public async Task After_ten_seconds_at_most_it_is_gone_whatever_runs()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var agent = await daemon.Spawn("talker", Cancel);
        await using var stream = await daemon.Api.Stream($"POST /api/agents/{agent}/message/stream", Cancel, DaemonWithModel.Message("<<say a beginning|, no end>><<hang 1>>"));
        Assert.Equal("a beginning", (await stream.Next(Cancel))!.Json.GetProperty("content").GetString());

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        daemon.Process.Terminate();
        // The one promise here that is about time: systemd and people count on it.
        deadline.CancelAfter(TimeSpan.FromSeconds(10));
        Assert.Equal(0, await daemon.Process.WaitForExit(deadline.Token));

        Assert.Equal("error", Assert.Single(await stream.Rest(Cancel)).Type);
        await ExpectPartialAnswer(daemon, agent);
    }

    [Fact(Timeout = 60_000)]
    public async Task Connections_that_wait_do_not_hold_it_up()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var agent = await daemon.Spawn("talker", Cancel);
        await using var socket = await daemon.Api.Connect($"/api/agents/{agent}/ws", Cancel);
        await socket.Until("connected", Cancel);
        await using var logs = await daemon.Api.Stream("GET /api/logs/stream", Cancel);

        var exit = daemon.Process.TerminateAndWait(Cancel);
        while (await socket.NextText(Cancel) is not null)
        {
            // Lists of agents may come before the end.
        }

        Assert.Equal(0, await exit);
        Assert.NotNull(socket.CloseStatus);
    }

    /// <summary>Sends messages until one is refused, which says that the drain has begun.</summary>
    private static async Task<ApiResponse> Refusal(DaemonWithModel daemon, string agent)
    {
        while (true)
        {
            // Without a text a message is refused with 400 before the signal has arrived, and with 503 after.
            var answer = await daemon.Api.Send($"POST /api/agents/{agent}/message", Cancel, """{"message": ""}""");
            if ((int)answer.Status != 400)
                return answer;
            await Task.Delay(TimeSpan.FromMilliseconds(5), Cancel);
        }
    }

    private static async Task ExpectPartialAnswer(DaemonWithModel daemon, string agent)
    {
        await daemon.Process.Restart(Cancel);
        JsonPattern.Matches(
            """{"messages": ["*", {"role": "Assistant", "content": "a beginning*", "*": "*"}], "*": "*"}""", await daemon.Session(agent, Cancel));
        JsonPattern.Matches("""{"restart_count": 0, "interrupted_runs": 0, "*": "*"}""", await daemon.Api.Do("GET /api/health/detail", Cancel));
    }
}

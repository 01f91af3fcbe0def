using Fangd.TestKit;

namespace Fangd.EndToEnd;

/// <summary>Model providers that fail in every way: who asked is told what and what to do, in one piece and as a stream, and the next message is answered.</summary>
public sealed class UnluckyProviderTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("<<html>>", 503, "model_busy", "*it sent a web page*")]
    [InlineData("<<garbage>>", 502, "model_failed", "*")]
    [InlineData("<<say half |an answer>><<cut 1>>", 502, "model_failed", "*")]
    [InlineData("<<fail 429 60>>", 503, "model_busy", "OpenAI limits the rate of calls (HTTP 429): scripted failure", "60")]
    [InlineData("<<fail 400>>", 502, "model_failed", "OpenAI refused the request (HTTP 400): scripted failure")]
    [InlineData("<<fail 401>>", 503, "model_not_configured", "OpenAI refused the API key (HTTP 401): scripted failure")]
    [InlineData("<<fail 402>>", 502, "model_failed", "OpenAI asks for payment*")]
    public async Task A_failure_is_told_with_its_status_and_the_next_message_is_answered(string message, int status, string code, string error, string? retryAfter = null)
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var agent = await daemon.Spawn("unlucky", Cancel);

        var answer = await daemon.Api.Send($"POST /api/agents/{agent}/message", Cancel, DaemonWithModel.Message(message));
        await using var stream = await daemon.Api.Stream($"POST /api/agents/{agent}/message/stream", Cancel, DaemonWithModel.Message(message));
        var last = (await stream.Rest(Cancel))[^1];

        Assert.True((int)answer.Status == status, $"{(int)answer.Status}: {answer.Text}; {last.Data}");
        JsonPattern.Matches($$"""{"error": {{DaemonWithModel.Json(error)}}, "*": "*"}""", answer.Json);
        Assert.Equal(status == 503 && code == "model_busy" ? retryAfter ?? "5" : null, answer.Headers.GetValueOrDefault("Retry-After"));
        Assert.Equal("error", last.Type);
        JsonPattern.Matches($$"""{"error": {{DaemonWithModel.Json(error)}}, "code": "{{code}}", "*": "*"}""", last.Json);
        await daemon.AssertHealthy(agent, Cancel);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_limit_that_passes_soon_is_waited_for()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var agent = await daemon.Spawn("patient", Cancel);

        Assert.Equal("got through", await daemon.Ask(agent, "<<fail-first 2 429>><<say got through>>", Cancel));

        Assert.Equal(3, daemon.Model.Calls.Count);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("<<silence>>")]
    [InlineData("<<say a beginning|, no end>><<hang 1>>")]
    public async Task A_provider_that_hangs_holds_up_nobody_else_and_a_stop_lets_go_of_it(string message)
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var stuck = await daemon.Spawn("stuck", Cancel);
        var other = await daemon.Spawn("other", Cancel);
        var waiting = daemon.Api.Send($"POST /api/agents/{stuck}/message", Cancel, DaemonWithModel.Message(message));
        var call = await daemon.Model.CallWith(message, Cancel);
        JsonPattern.Matches("""{"running": true, "*": "*"}""", await daemon.Session(stuck, Cancel));

        Assert.Equal("echo: hello", await daemon.Ask(other, "hello", Cancel));
        JsonPattern.Matches("""{"status": "stopped", "*": "*"}""", await daemon.Api.Do($"POST /api/agents/{stuck}/stop", Cancel));

        var answer = await waiting;
        Assert.Equal(409, (int)answer.Status);
        await call.Aborted.WaitAsync(Cancel);
        await daemon.AssertHealthy(stuck, Cancel);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_provider_that_is_not_there_is_named_with_what_to_do()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var agent = await daemon.Spawn("lonely", Cancel);
        await daemon.Model.DisposeAsync();

        var answer = await daemon.Api.Send($"POST /api/agents/{agent}/message", Cancel, DaemonWithModel.Message("anybody there"));

        Assert.True((int)answer.Status is 502 or 503, $"{(int)answer.Status}: {answer.Text}");
        JsonPattern.Matches("""{"error": "*OpenAI*", "*": "*"}""", answer.Json);
        // The names of the framework's messages, which are not in the binary.
        Assert.DoesNotContain("net_", answer.Text, StringComparison.Ordinal);
        JsonPattern.Matches("""{"status": "ok", "panic_count": 0, "*": "*"}""", await daemon.Api.Do("GET /api/health/detail", Cancel));
    }
}

using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.OpenAi;
using Fangd.Server.Config;
using Fangd.TestKit;
using Fangd.UnitTests.Llm;

namespace Fangd.UnitTests.Providers;

public sealed class ProviderCircuitTests
{
    private static readonly CallLimits Usual = new();
    private static readonly CallLimits NoRetry = new() { Retries = 0, FailuresToOpen = 3 };

    [Fact]
    public async Task A_call_that_fails_twice_succeeds_the_third_time_after_growing_pauses()
    {
        var acme = new CircuitCase(Usual, new ScriptedClient(Say.Fail(LlmFault.Overloaded), Say.Fail(LlmFault.Unreachable), Say.Answer("ok")));
        // Half a second and one second: with no chance in it a pause is half of its most.
        Assert.Equal(("ok", TimeSpan.FromSeconds(1.5)), await acme.AskPatiently());
        Assert.Equal(2, acme.Log.All.Count(line => line.Contains("is asked again in", StringComparison.Ordinal)));
        Assert.Equal(2, Assert.Single(acme.Circuits.Counts()).Counts.Retried);
    }

    [Theory]
    [InlineData(20, 20)]
    [InlineData(0.1, 0.5)]
    public async Task The_providers_wish_is_kept(double asked, double slept)
    {
        var acme = new CircuitCase(Usual, new ScriptedClient(Say.Fail(LlmFault.RateLimit, TimeSpan.FromSeconds(asked)), Say.Answer("ok")));
        Assert.Equal(("ok", TimeSpan.FromSeconds(slept)), await acme.AskPatiently());
    }

    [Fact]
    public async Task A_longer_wish_than_the_limit_is_the_callers_to_know_at_once()
    {
        var client = new ScriptedClient(Say.Fail(LlmFault.RateLimit, TimeSpan.FromSeconds(31)));
        var failure = await new CircuitCase(Usual, client).Fails();
        Assert.Equal((31d, 1), (failure.RetryAfter?.TotalSeconds, client.Calls.Count));
    }

    [Theory]
    [InlineData(LlmFault.Auth)]
    [InlineData(LlmFault.Billing)]
    [InlineData(LlmFault.BadRequest)]
    [InlineData(LlmFault.ContextOverflow)]
    [InlineData(LlmFault.Timeout)]
    [InlineData(LlmFault.Garbage)]
    public async Task What_will_not_pass_is_not_repeated(LlmFault fault)
    {
        var client = new ScriptedClient(Say.Fail(fault));
        Assert.Equal(fault, (await new CircuitCase(Usual, client).Fails()).Fault);
        Assert.Single(client.Calls);
    }

    [Fact]
    public async Task A_stream_that_dies_in_its_middle_is_not_repeated_and_counts_against_the_provider()
    {
        var client = new ScriptedClient([Say.Text("half"), Say.Fault(LlmFault.Interrupted)]);
        var acme = new CircuitCase(NoRetry, client);
        for (var i = 0; i < 2; i++)
        {
            var text = "";
            var failure = await Assert.ThrowsAsync<LlmException>(async () =>
            {
                await foreach (var happened in acme.Client.Stream(CircuitCase.Request(), CircuitCase.Target, TestContext.Current.CancellationToken))
                    text += happened.Text;
            });
            Assert.Equal(("half", LlmFault.Interrupted, i + 1), (text, failure.Fault, client.Calls.Count));
        }

        Assert.Equal("open", acme.Health.State);
    }

    [Fact]
    public async Task A_circuit_opens_lets_one_call_try_and_closes_when_it_succeeds()
    {
        var down = true;
        var client = new ScriptedClient { Rule = (_, _) => down ? Say.Fail(LlmFault.Unreachable) : Say.Answer("ok") };
        var acme = new CircuitCase(NoRetry, client);
        for (var i = 0; i < 3; i++)
            Assert.Equal(LlmFault.Unreachable, (await acme.Fails()).Fault);
        Assert.Equal(("open", "The scripted provider failed: Unreachable.", 5), (acme.Health.State, acme.Health.Reason, acme.Health.RetryAfter));

        var rejected = await acme.Fails();
        Assert.Equal((LlmFault.Overloaded, TimeSpan.FromSeconds(5), 3), (rejected.Fault, rejected.RetryAfter, client.Calls.Count));
        Assert.Contains("The scripted provider failed: Unreachable.", rejected.Message, StringComparison.Ordinal);

        acme.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("half_open", acme.Health.State);
        Assert.Equal(LlmFault.Unreachable, (await acme.Fails()).Fault);
        // It is left alone for twice as long.
        Assert.Equal(("open", 10, 4), (acme.Health.State, acme.Health.RetryAfter, client.Calls.Count));

        down = false;
        acme.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("ok", await acme.Ask());
        Assert.Equal("""{"name":"acme","state":"closed"}""", acme.Health.ToString());
        var counts = Assert.Single(acme.Circuits.Counts()).Counts;
        Assert.Equal((1L, 4L, 1L, 2L, 0L), (counts.Answered, counts.Failed, counts.Rejected, counts.Opened, counts.Active));
    }

    [Fact]
    public async Task A_stopped_try_of_an_open_circuit_does_not_close_it()
    {
        var never = new TaskCompletionSource();
        var here = new TaskCompletionSource();
        var client = new ScriptedClient(Say.Fail(LlmFault.Unreachable), Say.Fail(LlmFault.Unreachable), Say.Fail(LlmFault.Unreachable), [Say.WaitFor(never.Task, here)]);
        var acme = new CircuitCase(NoRetry, client);
        for (var i = 0; i < 3; i++)
            await acme.Fails();
        acme.Time.Advance(TimeSpan.FromSeconds(5));
        using var stop = new CancellationTokenSource();
        var events = acme.Client.Stream(CircuitCase.Request(), CircuitCase.Target, stop.Token).GetAsyncEnumerator(stop.Token);
        var asking = events.MoveNextAsync().AsTask();
        await here.Task.WaitAsync(TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await events.DisposeAsync();
        Assert.Equal(("open", "The scripted provider failed: Unreachable."), (acme.Health.State, acme.Health.Reason));
    }

    [Theory]
    [InlineData(LlmFault.BadRequest)]
    [InlineData(LlmFault.Auth)]
    [InlineData(LlmFault.Billing)]
    [InlineData(LlmFault.ModelNotFound)]
    [InlineData(LlmFault.ContextOverflow)]
    public async Task A_request_that_is_refused_for_what_it_is_shuts_nobody_out(LlmFault fault)
    {
        var isBad = true;
        var acme = new CircuitCase(NoRetry, new ScriptedClient { Rule = (_, _) => isBad ? Say.Fail(fault) : Say.Answer("ok") });
        for (var i = 0; i < 20; i++)
            Assert.Equal(fault, (await acme.Fails()).Fault);
        isBad = false;
        Assert.Equal("ok", await acme.Ask());
    }

    [Fact]
    public async Task An_address_or_key_of_an_agents_own_that_fails_shuts_nobody_else_out()
    {
        var client = new ScriptedClient { Rule = (_, target) => target == CircuitCase.Target ? Say.Answer("ok") : Say.Fail(LlmFault.RateLimit, TimeSpan.FromSeconds(90)) };
        var acme = new CircuitCase(NoRetry, client);
        for (var i = 0; i < 4; i++)
        {
            await acme.Fails(CircuitCase.Target with { BaseUrl = "http://elsewhere" });
            await acme.Fails(CircuitCase.Target with { ApiKey = "other" });
        }

        // The provider's wish is longer than a break of our own.
        Assert.Equal(("open", 90), (acme.Health.State, acme.Health.RetryAfter));
        Assert.Equal("ok", await acme.Ask());
    }

    [Fact]
    public async Task A_date_in_Retry_After_is_waited_for()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 3, 14, 9, 26, 53, TimeSpan.Zero));
        await using var provider = new StandIn((call, _) => call == 1
            ? StandIn.Reply.Status(429, """{"error":{"message":"slow down"}}""", "Retry-After: Sat, 14 Mar 2026 09:27:13 GMT\r\n")
            : StandIn.Reply.Stream("data: {\"choices\":[{\"delta\":{\"content\":\"ok\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"));
        var acme = new CircuitCase(Usual, new OpenAiChatClient(Calls.Http, time), time);
        var asking = acme.Ask(Calls.Target(provider.Url));
        await acme.Log.Seen("is asked again in 20.0 s").WaitAsync(TestContext.Current.CancellationToken);
        await time.WaitForTimers(1, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("ok", await asking);
    }

    [Fact]
    public async Task A_web_page_in_place_of_an_answer_is_told_and_counts()
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream("<!DOCTYPE html><html>welcome</html>", type: "text/html"));
        var time = new ManualTime();
        var acme = new CircuitCase(NoRetry, new OpenAiChatClient(Calls.Http, time), time);
        for (var i = 0; i < 3; i++)
            Assert.Contains("web page", (await acme.Fails(Calls.Target(provider.Url))).Message, StringComparison.Ordinal);
        Assert.Equal("open", acme.Health.State);
    }

    [Fact]
    public async Task Further_calls_wait_for_a_place_and_leave_it_when_they_end()
    {
        var go = new TaskCompletionSource();
        var here = new TaskCompletionSource();
        var client = new ScriptedClient([Say.WaitFor(go.Task, here), Say.Text("first"), Say.End], Say.Answer("second"));
        var acme = new CircuitCase(new CallLimits { MaxConcurrent = 1 }, client);
        var first = acme.Ask();
        await here.Task.WaitAsync(TestContext.Current.CancellationToken);
        var second = acme.Ask();
        Assert.Single(client.Calls);
        Assert.Equal(2, Assert.Single(acme.Circuits.Counts()).Counts.Active);
        go.SetResult();
        Assert.Equal(("first", "second"), (await first, await second));
    }

    [Fact]
    public async Task A_server_that_fails_because_of_tools_is_asked_again_without_them()
    {
        var client = new ScriptedClient
        {
            Rule = (request, _) => request.Tools.Count > 0
                ? [new ScriptedStep(Fault: new LlmException(LlmFault.Overloaded, "Ollama is overloaded or failing (HTTP 500): unexpected EOF"))]
                : Say.Answer("ok"),
        };
        var acme = new CircuitCase(NoRetry, client);
        var request = CircuitCase.Request() with
        {
            Tools = [new LlmTool("t", "", "{}"u8.ToArray())],
            Options = [new("tool_choice", JsonDocument.Parse("\"auto\"").RootElement), new("seed", JsonDocument.Parse("1").RootElement)],
        };
        Assert.Equal("ok", await acme.Ask(request: request));
        Assert.Equal(["seed"], client.Calls[1].Request.Options.Select(option => option.Key));
        Assert.Contains("without them (m1)", Assert.Single(acme.Log.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waits_are_those_of_the_configuration()
    {
        var client = new ScriptedClient(Say.Answer("ok"));
        await new CircuitCase(new CallLimits { FirstByteTimeout = TimeSpan.FromSeconds(7), ChunkTimeout = TimeSpan.FromSeconds(3) }, client).Ask();
        var target = Assert.Single(client.Calls).Target;
        Assert.Equal((7d, 3d), (target.FirstByteTimeout.TotalSeconds, target.ChunkTimeout.TotalSeconds));
    }
}

using System.Runtime.CompilerServices;
using Fangd.Protocols.Llm;

namespace Fangd.UnitTests.Llm;

public sealed class LlmRetryTests
{
    [Fact]
    public async Task A_call_that_fails_twice_succeeds_the_third_time_after_growing_pauses()
    {
        var model = new Scripted(Failure(LlmFault.Overloaded), Failure(LlmFault.RateLimit), null);
        var time = new EagerTime();
        Assert.Equal(["text ok", "stop EndTurn"], await Calls.Run(new LlmRetry(model, time, () => 0.5), Calls.Target("http://x")));
        Assert.Equal([0.75, 1.5], time.Pauses);
    }

    [Fact]
    public async Task The_third_failure_is_the_callers()
    {
        var model = new Scripted(Failure(LlmFault.Overloaded), Failure(LlmFault.Overloaded), Failure(LlmFault.Unreachable), null);
        var failure = await Assert.ThrowsAsync<LlmException>(() => Calls.Run(new LlmRetry(model, new EagerTime(), () => 0), Calls.Target("http://x")));
        Assert.Equal(LlmFault.Unreachable, failure.Fault);
        Assert.Equal(3, model.Started);
    }

    [Theory]
    [InlineData(20, 2, 20.0)]
    [InlineData(0.1, 2, 0.5)]
    [InlineData(31, 1, null)]
    public async Task The_providers_wish_is_kept_up_to_a_bound(double asked, int started, double? pause)
    {
        var model = new Scripted(Failure(LlmFault.RateLimit, asked), null);
        var time = new EagerTime();
        var call = Calls.Run(new LlmRetry(model, time, () => 0), Calls.Target("http://x"));
        if (pause is null) Assert.Equal(asked, (await Assert.ThrowsAsync<LlmException>(() => call)).RetryAfter?.TotalSeconds);
        else Assert.Equal(2, (await call).Count);
        Assert.Equal(started, model.Started);
        double[] pauses = pause is { } one ? [one] : [];
        Assert.Equal(pauses, time.Pauses);
    }

    [Theory]
    [InlineData(LlmFault.Auth)]
    [InlineData(LlmFault.Billing)]
    [InlineData(LlmFault.ContextOverflow)]
    [InlineData(LlmFault.Timeout)]
    [InlineData(LlmFault.Garbage)]
    public async Task What_will_not_pass_is_not_repeated(LlmFault fault)
    {
        var model = new Scripted(Failure(fault), null);
        await Assert.ThrowsAsync<LlmException>(() => Calls.Run(new LlmRetry(model, new EagerTime(), () => 0), Calls.Target("http://x")));
        Assert.Equal(1, model.Started);
    }

    [Fact]
    public async Task Nothing_is_repeated_once_an_event_was_seen()
    {
        var model = new Scripted(Failure(LlmFault.Interrupted), null) { SpeaksFirst = true };
        await Assert.ThrowsAsync<LlmException>(() => Calls.Run(new LlmRetry(model, new EagerTime(), () => 0), Calls.Target("http://x")));
        Assert.Equal(1, model.Started);
    }

    private static LlmException Failure(LlmFault fault, double? retryAfter = null) =>
        new(fault, "no", retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null);

    private sealed class Scripted(params LlmException?[] outcomes) : ILlmClient
    {
        public bool SpeaksFirst { get; init; }

        public int Started { get; private set; }

        public async IAsyncEnumerable<LlmEvent> Stream(LlmRequest request, LlmTarget target, [EnumeratorCancellation] CancellationToken run)
        {
            await Task.Yield();
            var outcome = outcomes[Started++];
            if (SpeaksFirst) yield return LlmEvent.TextDelta("half");
            if (outcome is not null) throw outcome;
            yield return LlmEvent.TextDelta("ok");
            yield return LlmEvent.Stopped(LlmStop.EndTurn);
        }
    }

    /// <summary>A clock on which every delay is over at once, and noted.</summary>
    private sealed class EagerTime : TimeProvider
    {
        public List<double> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero) Pauses.Add(Math.Round(dueTime.TotalSeconds, 3));
            return base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
        }
    }
}

using Fangd.Engine.Tools;

namespace Fangd.UnitTests.Tools;

public sealed class ToolCallMeterTests
{
    [Fact]
    public void Agents_do_not_share_a_limit()
    {
        var meter = new ToolCallMeter(new StoppedClock());

        Assert.True(meter.TryTake("a", 1, out _));
        Assert.False(meter.TryTake("a", 1, out _));
        Assert.True(meter.TryTake("b", 1, out _));
    }

    [Fact]
    public void A_limit_of_nothing_allows_nothing() => Assert.False(new ToolCallMeter(new StoppedClock()).TryTake("a", 0, out _));

    [Fact]
    public void A_sweep_forgets_idle_agents_and_keeps_the_counts_of_busy_ones()
    {
        var clock = new StoppedClock();
        var meter = new ToolCallMeter(clock);
        for (var i = 0; i < 1024; i++)
            Assert.True(meter.TryTake($"idle-{i}", 1, out _));
        clock.Pass(TimeSpan.FromMinutes(1));
        Assert.True(meter.TryTake("busy", 1, out _));

        Assert.Equal(1, meter.Count);
        Assert.False(meter.TryTake("busy", 1, out _));
        Assert.True(meter.TryTake("idle-3", 1, out _));
    }

    [Fact]
    public async Task Calls_at_once_never_exceed_the_limit()
    {
        var meter = new ToolCallMeter(new StoppedClock());
        var allowed = 0;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                if (meter.TryTake("a", 50, out TimeSpan _))
                    Interlocked.Increment(ref allowed);
            }
        })));

        Assert.Equal(50, allowed);
    }
}

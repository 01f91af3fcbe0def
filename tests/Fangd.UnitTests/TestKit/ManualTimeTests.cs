using Fangd.TestKit;

namespace Fangd.UnitTests.TestKit;

public sealed class ManualTimeTests
{
    [Fact]
    public void Timers_fire_in_order_with_the_clock_at_their_moment()
    {
        var time = new ManualTime();
        var start = time.GetUtcNow();
        var fired = new List<(string Name, TimeSpan At)>();
        using var late = time.CreateTimer(_ => fired.Add(("late", time.GetUtcNow() - start)), null, TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        using var twice = time.CreateTimer(_ => fired.Add(("beat", time.GetUtcNow() - start)), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        time.Advance(TimeSpan.FromSeconds(5.5));

        Assert.Equal([("beat", TimeSpan.FromSeconds(2)), ("beat", TimeSpan.FromSeconds(4)), ("late", TimeSpan.FromSeconds(5))], fired);
        Assert.Equal(TimeSpan.FromSeconds(5.5), time.GetUtcNow() - start);
    }

    [Fact]
    public async Task A_delay_ends_when_the_clock_passes_it_and_not_before()
    {
        var time = new ManualTime();
        var delay = Task.Delay(TimeSpan.FromMinutes(10), time, TestContext.Current.CancellationToken);
        await time.WaitForTimers(1, TestContext.Current.CancellationToken);

        time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        Assert.False(delay.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await delay;
        Assert.Equal(0, time.Armed);
    }

    [Fact]
    public void Elapsed_time_is_right_although_the_ticks_are_odd()
    {
        var time = new ManualTime();
        var from = time.GetTimestamp();

        time.Advance(TimeSpan.FromSeconds(90));

        Assert.Equal(90, time.GetElapsedTime(from).TotalSeconds, precision: 5);
        Assert.NotEqual(TimeSpan.FromSeconds(90).Ticks, time.GetTimestamp() - from);
    }

    [Fact]
    public void A_disposed_timer_stays_silent()
    {
        var time = new ManualTime();
        var fired = 0;
        var timer = time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromSeconds(1));

        timer.Dispose();
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(1, fired);
    }
}

namespace Fangd.TestKit;

/// <summary>
/// A clock that a test moves. Timers fire inside <see cref="Advance"/>, in the order they are due, with the clock at their moment.
/// Its ticks have an odd frequency, so that code that takes timestamps for <see cref="TimeSpan"/> ticks goes visibly wrong.
/// </summary>
public sealed class ManualTime : TimeProvider
{
    private const long TicksPerSecond = 1_000_003;

    private readonly Lock guard = new(); // guards every field below
    private readonly List<ManualTimer> armed = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> watchers = [];
    private readonly DateTimeOffset start;
    private DateTimeOffset now;

    public ManualTime()
        : this(new DateTimeOffset(2026, 3, 14, 9, 26, 53, TimeSpan.Zero))
    {
    }

    public ManualTime(DateTimeOffset start)
    {
        this.start = start;
        now = start;
    }

    public override long TimestampFrequency => TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Timers that wait to fire.</summary>
    public int Armed
    {
        get
        {
            lock (guard)
                return armed.Count;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (guard)
            return now;
    }

    public override long GetTimestamp()
    {
        // 128 bits: ten days of ticks times the frequency are more than a long holds.
        lock (guard)
            return (long)((Int128)(now - start).Ticks * TicksPerSecond / TimeSpan.TicksPerSecond);
    }

    /// <summary>Moves the clock and fires what comes due on the way, on this thread.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset until;
        lock (guard)
            until = now + by;
        while (NextDue(until) is { } timer)
            timer.Fire();
        lock (guard)
            now = until > now ? until : now;
    }

    /// <summary>Completes when at least <paramref name="count"/> timers wait: the code under test is then asleep, and the clock may move.</summary>
    public Task WaitForTimers(int count, CancellationToken cancel)
    {
        lock (guard)
        {
            if (armed.Count >= count)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            watchers.Add((count, reached));
            return reached.Task.WaitAsync(cancel);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? NextDue(DateTimeOffset until)
    {
        lock (guard)
        {
            var timer = armed.MinBy(candidate => candidate.Due);
            if (timer is null || timer.Due > until)
                return null;
            if (timer.Due > now)
                now = timer.Due;
            armed.Remove(timer);
            if (timer.Period > TimeSpan.Zero)
                Arm(timer, timer.Due + timer.Period);
            return timer;
        }
    }

    private void Arm(ManualTimer timer, DateTimeOffset due)
    {
        timer.Due = due;
        armed.Add(timer);
        foreach (var (_, reached) in watchers.Where(watcher => watcher.Count <= armed.Count))
            reached.TrySetResult();
        watchers.RemoveAll(watcher => watcher.Count <= armed.Count);
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time.guard)
            {
                time.armed.Remove(this);
                Period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    time.Arm(this, time.now + dueTime);
            }
            // A timer that is due at once fires at the next Advance, also one by nothing, and never inside the caller.
            return true;
        }

        public void Dispose()
        {
            lock (time.guard)
                time.armed.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

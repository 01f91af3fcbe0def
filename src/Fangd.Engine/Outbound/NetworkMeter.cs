namespace Fangd.Engine.Outbound;

/// <summary>
/// Counts what came from the network for each agent over the last hour, to the minute: a byte counts for 60 to 61 of them. It is kept in memory
/// only. That is bounded by the agents that received something within the hour; others are forgotten.
/// </summary>
public sealed class NetworkMeter(TimeProvider time)
{
    private const int Minutes = 61;

    /// <summary>How many agents are kept before the idle ones are looked for.</summary>
    private const int SweepAt = 1024;

    private readonly long _start = time.GetTimestamp();

    // Guards all fields below, and what is in the windows.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Window> _windows = new(StringComparer.Ordinal);
    private int _sweepAt = SweepAt;

    /// <summary>Agents that are kept in mind.</summary>
    public int Agents
    {
        get
        {
            lock (_lock)
                return _windows.Count;
        }
    }

    /// <summary>What an agent with this limit of bytes an hour may receive.</summary>
    public NetworkAllowance For(string agentId, long limit) => new(this, agentId, limit);

    /// <summary>Bytes within the last hour.</summary>
    public long Received(string agentId)
    {
        lock (_lock)
            return Find(agentId)?.Total ?? 0;
    }

    /// <summary>Counts bytes that came; returns those of the hour with them.</summary>
    public long Count(string agentId, long bytes)
    {
        lock (_lock)
        {
            var window = Find(agentId) ?? Add(agentId);
            window.ByMinute[Slot(window.Newest)] += bytes;
            return window.Total += bytes;
        }
    }

    /// <summary>After how many minutes fewer than so many bytes count, when none come until then.</summary>
    public int MinutesUntilBelow(string agentId, long bytes)
    {
        lock (_lock)
        {
            if (Find(agentId) is not { } window)
                return 0;
            var left = window.Total;
            for (var minutes = 0; minutes < Minutes; minutes++)
            {
                if (left < bytes)
                    return minutes;
                left -= window.ByMinute[Slot(window.Newest + 1 + minutes)];
            }
            return Minutes;
        }
    }

    /// <summary>The agent's window as of now.</summary>
    private Window? Find(string agentId)
    {
        if (!_windows.TryGetValue(agentId, out var window))
            return null;
        Forget(window, Now());
        return window;
    }

    private Window Add(string agentId)
    {
        var now = Now();
        if (_windows.Count >= _sweepAt)
            Sweep(now);
        var window = new Window { Newest = now };
        _windows.Add(agentId, window);
        return window;
    }

    private void Sweep(long now)
    {
        foreach (var (agentId, window) in _windows)
        {
            Forget(window, now);
            if (window.Total == 0)
                _windows.Remove(agentId);
        }
        // With many busy agents a sweep finds little; doubling keeps its cost per agent constant.
        _sweepAt = Math.Max(SweepAt, _windows.Count * 2);
    }

    private static void Forget(Window window, long now)
    {
        for (var i = Math.Min(now - window.Newest, Minutes); i > 0; i--)
        {
            ref var oldest = ref window.ByMinute[Slot(++window.Newest)];
            window.Total -= oldest;
            oldest = 0;
        }
        window.Newest = now;
    }

    private long Now() => (long)time.GetElapsedTime(_start).TotalMinutes;

    private static int Slot(long minute) => (int)(minute % Minutes);

    private sealed class Window
    {
        /// <summary>A ring; the slot behind the newest is the oldest.</summary>
        public long[] ByMinute { get; } = new long[Minutes];

        /// <summary>In minutes since the meter began.</summary>
        public long Newest { get; set; }

        public long Total { get; set; }
    }
}

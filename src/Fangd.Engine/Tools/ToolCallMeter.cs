using System.Collections.Concurrent;

namespace Fangd.Engine.Tools;

/// <summary>
/// Counts the tool calls of each agent over the last minute, exactly. Memory is bounded by the calls that were allowed within a
/// minute; agents that stopped calling are forgotten.
/// </summary>
internal sealed class ToolCallMeter(TimeProvider time)
{
    /// <summary>How many agents are kept before the idle ones are looked for.</summary>
    private const int SweepAt = 1024;

    private readonly ConcurrentDictionary<string, Window> _windows = new(StringComparer.Ordinal);
    private int _sweepAt = SweepAt;

    /// <summary>Agents that are kept in mind.</summary>
    public int Count => _windows.Count;

    /// <summary>Takes one call, or says after how long the next one is allowed. A limit of 0 or less allows none.</summary>
    public bool TryTake(string agentId, int limit, out TimeSpan wait)
    {
        var now = time.GetTimestamp();
        wait = TimeSpan.FromMinutes(1);
        if (limit <= 0)
            return false;

        while (true)
        {
            var window = _windows.GetOrAdd(agentId, static _ => new Window());
            lock (window)
            {
                // The sweep may have taken the window out between the lookup and the lock; a call counted in it would be lost.
                if (window.IsRemoved)
                    continue;
                Forget(window, now);
                if (window.Calls.Count >= limit)
                {
                    wait -= time.GetElapsedTime(window.Calls.Peek(), now);
                    return false;
                }
                window.Calls.Enqueue(now);
            }
            if (_windows.Count > Volatile.Read(ref _sweepAt))
                Sweep(now);
            wait = TimeSpan.Zero;
            return true;
        }
    }

    private void Forget(Window window, long now)
    {
        while (window.Calls.TryPeek(out var oldest) && time.GetElapsedTime(oldest, now) >= TimeSpan.FromMinutes(1))
            window.Calls.Dequeue();
    }

    private void Sweep(long now)
    {
        foreach (var (agentId, window) in _windows)
        {
            lock (window)
            {
                Forget(window, now);
                if (window.Calls.Count > 0)
                    continue;
                window.IsRemoved = true;
                _windows.TryRemove(agentId, out _);
            }
        }
        // With many busy agents a sweep finds little; doubling keeps its cost per call constant.
        Volatile.Write(ref _sweepAt, Math.Max(SweepAt, _windows.Count * 2));
    }

    /// <summary>Guarded by a lock on itself.</summary>
    private sealed class Window
    {
        public Queue<long> Calls { get; } = new();
        public bool IsRemoved { get; set; }
    }
}

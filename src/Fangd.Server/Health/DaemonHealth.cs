namespace Fangd.Server.Health;

/// <summary>What is known of the daemon's own state; small, in memory, read by health, status and metrics.</summary>
internal sealed class DaemonHealth(TimeProvider time)
{
    private readonly long _startedAt = time.GetTimestamp();
    private int _panics;
    private volatile bool _isStopping;

    public TimeSpan Uptime => time.GetElapsedTime(_startedAt);

    /// <summary>Requests and background steps that ended in a bug.</summary>
    public int Panics => Volatile.Read(ref _panics);

    /// <summary>Set once the drain begins: no new run is taken.</summary>
    public bool IsStopping
    {
        get => _isStopping;
        set => _isStopping = value;
    }

    public void CountPanic() => Interlocked.Increment(ref _panics);
}

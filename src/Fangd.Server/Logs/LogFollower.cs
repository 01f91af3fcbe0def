using System.Threading.Channels;

namespace Fangd.Server.Logs;

/// <summary>One reader of the live log. A slow one loses lines, counted in <see cref="Lost"/>.</summary>
internal sealed class LogFollower : IDisposable
{
    private readonly LogHub _hub;
    private readonly Channel<LogEntry> _lines = Channel.CreateBounded<LogEntry>(new BoundedChannelOptions(512) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private long _lost;

    public LogFollower(LogHub hub, IReadOnlyList<LogEntry> before)
    {
        _hub = hub;
        foreach (var entry in before)
            Offer(entry);
    }

    public ChannelReader<LogEntry> Lines => _lines.Reader;

    public long Lost => Interlocked.Read(ref _lost);

    public void Offer(LogEntry entry)
    {
        if (_lines.Reader.Count >= 512)
            Interlocked.Increment(ref _lost);
        _lines.Writer.TryWrite(entry);
    }

    public void Dispose()
    {
        _hub.Unfollow(this);
        _lines.Writer.TryComplete();
    }
}

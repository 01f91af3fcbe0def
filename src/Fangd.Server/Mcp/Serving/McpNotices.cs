using System.Collections.Immutable;

namespace Fangd.Server.Mcp.Serving;

/// <summary>
/// Tells those who listen what changed. What cannot tell of its changes itself is looked at every two seconds through
/// <paramref name="look"/>, but only while somebody listens.
/// </summary>
internal sealed class McpNotices(TimeProvider time, Func<McpNotice?>? look = null) : IDisposable
{
    private static readonly TimeSpan _pace = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private ImmutableArray<Action<McpNotice>> _listeners = [];
    private ITimer? _timer;

    public void Tell(McpNotice notice)
    {
        foreach (var listener in _listeners)
            listener(notice);
    }

    /// <summary>Hears of every notice until what is returned is disposed. <paramref name="hear"/> must not block.</summary>
    public IDisposable Listen(Action<McpNotice> hear)
    {
        lock (_gate)
        {
            _listeners = _listeners.Add(hear);
            if (_timer is null && look is not null)
            {
                // What changed while nobody listened is nobody's news.
                look();
                _timer = time.CreateTimer(static state => ((McpNotices)state!).Look(), this, _pace, _pace);
            }
        }

        return new Listening(this, hear);
    }

    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        if (look!() is { } notice)
            Tell(notice);
    }

    private void Leave(Action<McpNotice> hear)
    {
        lock (_gate)
        {
            _listeners = _listeners.Remove(hear);
            if (!_listeners.IsEmpty)
                return;
            _timer?.Dispose();
            _timer = null;
        }
    }

    private sealed class Listening(McpNotices notices, Action<McpNotice> hear) : IDisposable
    {
        public void Dispose() => notices.Leave(hear);
    }
}

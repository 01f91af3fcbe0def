namespace Fangd.Server.Mcp;

/// <summary>How long a call may go without a sign of life from its server.</summary>
internal sealed class McpPatience(TimeSpan span, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _silence = new(span, time);
    // Signs of life may come from the connection while the call ends.
    private readonly Lock _gate = new();
    private bool _isOver;

    /// <summary>Cancelled when the server was silent for too long.</summary>
    public CancellationToken Lost => _silence.Token;

    public void Renew() => Wait(span);

    /// <summary>It is the server that waits for us.</summary>
    public void Hold() => Wait(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        lock (_gate)
            _isOver = true;
        _silence.Dispose();
    }

    private void Wait(TimeSpan next)
    {
        lock (_gate)
        {
            if (!_isOver)
                _silence.CancelAfter(next);
        }
    }
}

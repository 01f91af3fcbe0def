using System.Threading.Tasks.Sources;
using Fangd.Engine.Turns;

namespace Fangd.Server.Runs;

/// <summary>
/// One reader of a run's events. When many pieces of text wait they are joined, so a slow reader costs one growing piece and not a queue;
/// a reader that falls behind by more than <see cref="MostPending"/> characters is cut off. The run never waits for it.
/// </summary>
internal sealed class RunSubscription : IValueTaskSource<bool>, IDisposable
{
    private const int MostPending = 512 * 1024;
    private const int JoinFrom = 32;

    private readonly Run _run;
    private readonly ITimer _keepAlive;
    // Guards all that follows. The signal is set outside of it.
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _signal = new() { RunContinuationsAsynchronously = true };
    private List<RunEvent> _pending = [];
    private List<RunEvent> _taken = [];
    private int _pendingText;
    private bool _isWaiting;
    private bool _hasTicked;

    public RunSubscription(Run run, TimeProvider time, TimeSpan keepAlive)
    {
        _run = run;
        _keepAlive = time.CreateTimer(static s => ((RunSubscription)s!).Tick(), this, keepAlive, keepAlive);
    }

    /// <summary>Set when the reader fell too far behind: events are missing and the stream must end with an error.</summary>
    public bool IsCutOff { get; private set; }

    public void Offer(RunEvent happened)
    {
        bool wake;
        lock (_gate)
        {
            if (IsCutOff)
                return;
            if (happened is TextDelta text)
            {
                _pendingText += text.Text.Length;
                // A reader that keeps up gets each piece as it came; only one that lags gets them joined.
                if (_pending.Count >= JoinFrom && _pending is [.., TextDelta before])
                    _pending[^1] = new TextDelta(before.Text + text.Text);
                else
                    _pending.Add(text);
            }
            else
            {
                _pending.Add(happened);
            }

            if (_pendingText > MostPending || _pending.Count > 4096)
            {
                IsCutOff = true;
                _pending.Clear();
            }

            wake = TakeWaiter();
        }

        if (wake)
            _signal.SetResult(true);
    }

    /// <summary>Waits for events or for the keep-alive interval to pass. The returned list is valid until the next call; empty means keep-alive.</summary>
    public async ValueTask<IReadOnlyList<RunEvent>> Next(CancellationToken aborted)
    {
        await using var leaving = aborted.UnsafeRegister(static s => ((RunSubscription)s!).Wake(), this);
        await Ready();
        aborted.ThrowIfCancellationRequested();
        lock (_gate)
        {
            _hasTicked = false;
            _taken.Clear();
            (_pending, _taken) = (_taken, _pending);
            _pendingText = 0;
            return _taken;
        }
    }

    public void Dispose()
    {
        _keepAlive.Dispose();
        _run.Leave(this);
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _signal.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);

    private ValueTask<bool> Ready()
    {
        lock (_gate)
        {
            if (_pending.Count > 0 || IsCutOff || _hasTicked)
                return new ValueTask<bool>(true);
            _signal.Reset();
            _isWaiting = true;
            return new ValueTask<bool>(this, _signal.Version);
        }
    }

    private void Tick() => Wake();

    private void Wake()
    {
        bool wake;
        lock (_gate)
        {
            _hasTicked = true;
            wake = TakeWaiter();
        }

        if (wake)
            _signal.SetResult(true);
    }

    private bool TakeWaiter()
    {
        var wake = _isWaiting;
        _isWaiting = false;
        return wake;
    }
}

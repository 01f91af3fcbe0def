namespace Fangd.Engine.Processes;

/// <summary>Reads both outputs of a process as they come, and tells when it is over or has gone on for too long.</summary>
internal sealed class OutputWatch
{
    private readonly ChildProcess _child;
    private readonly ProcessLimits _limits;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _enough = new();
    private readonly CappedOutput _output;
    private readonly CappedOutput _error;
    private readonly Task _reading;
    private readonly long _started;
    private long _lastHeard;

    public OutputWatch(ChildProcess child, ProcessLimits limits, TimeProvider time)
    {
        _child = child;
        _limits = limits;
        _time = time;
        _output = new CappedOutput(limits.MaxOutputBytes);
        _error = new CappedOutput(limits.MaxOutputBytes);
        _started = _lastHeard = time.GetTimestamp();
        _reading = Task.WhenAll(Read(child.Output, _output), Read(child.Error, _error));
    }

    public async Task<ProcessEnding> WaitForEnd(CancellationToken cancellation)
    {
        while (true)
        {
            var (left, ending) = Left();
            if (left <= TimeSpan.Zero)
                return ending;
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var pause = Task.Delay(left, _time, over.Token);
            await Task.WhenAny(_child.Exited, pause);
            cancellation.ThrowIfCancellationRequested();
            await over.CancelAsync();
            if (_child.Exited.IsCompleted)
                return ProcessEnding.Own;
        }
    }

    /// <summary>What was said, once nobody is left to speak or the time is over.</summary>
    public async Task<(CappedText Output, CappedText Error)> Finish(TimeSpan atMost)
    {
        _enough.CancelAfter(atMost);
        await _reading;
        _enough.Dispose();
        return (_output.ToText(), _error.ToText());
    }

    private (TimeSpan Left, ProcessEnding Ending) Left()
    {
        var timeout = (_limits.Timeout ?? TimeSpan.MaxValue) - _time.GetElapsedTime(_started);
        var silence = (_limits.SilenceTimeout ?? TimeSpan.MaxValue) - _time.GetElapsedTime(Volatile.Read(ref _lastHeard));
        var (left, ending) = timeout <= silence ? (timeout, ProcessEnding.TimedOut) : (silence, ProcessEnding.Silent);
        // A timer takes 49 days at most.
        return (left > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : left, ending);
    }

    private async Task Read(Stream from, CappedOutput into)
    {
        var piece = new byte[8192];
        try
        {
            while (await from.ReadAsync(piece, _enough.Token) is > 0 and var length)
            {
                Volatile.Write(ref _lastHeard, _time.GetTimestamp());
                into.Append(piece.AsSpan(0, length));
            }
        }
        catch (Exception over) when (over is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // What came until then is the answer.
        }
    }
}

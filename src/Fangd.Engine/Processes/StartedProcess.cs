namespace Fangd.Engine.Processes;

/// <summary>A process by its number, which is only used as long as it is its own.</summary>
internal sealed class StartedProcess(int id)
{
    private readonly Lock _guard = new(); // guards _isBuried: between a look at it and a signal the number must not pass on
    private bool _isBuried;

    public int Id => id;

    public TaskCompletionSource<ProcessExit> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Signals the process and its group.</summary>
    public void Signal(int signal)
    {
        lock (_guard)
        {
            if (!_isBuried)
                SpawnCalls.SignalGroup(id, signal);
        }
    }

    /// <summary>Kills all of its session.</summary>
    public void KillSession()
    {
        lock (_guard)
        {
            if (_isBuried)
                return;
            ProcessSession.KillMembers(id);
            SpawnCalls.Signal(id, SpawnCalls.Sigkill);
        }
    }

    public void Bury()
    {
        lock (_guard)
        {
            SpawnCalls.Reap(id);
            _isBuried = true;
        }
    }
}

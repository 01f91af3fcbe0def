using Fangd.Server.Runs;

namespace Fangd.Server.A2a.Tasks;

/// <summary>A task that is under way: its run, and the row as it is now.</summary>
internal sealed class LiveTask(StoredTask begun)
{
    private readonly TaskCompletionSource<StoredTask> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile StoredTask _now = begun;

    public string Id { get; } = begun.Id;

    /// <summary>Set before the run can emit anything.</summary>
    public Run Run { get; set; } = null!;

    public StoredTask Now
    {
        get => _now;
        set => _now = value;
    }

    /// <summary>The row as it ended, once that is durable. Never fails.</summary>
    public Task<StoredTask> Done => _done.Task;

    /// <summary>Somebody asked for the end; a run that is cut off without being asked fell to the daemon's stop.</summary>
    public bool IsCancelAsked { get; private set; }

    /// <summary>What carries the run's events into the row; ends after <see cref="Done"/>.</summary>
    public Task Following { get; set; } = Task.CompletedTask;

    public void Cancel()
    {
        IsCancelAsked = true;
        Run.Cancel();
    }

    public void End() => _done.TrySetResult(_now);
}

using System.Collections.Immutable;
using Fangd.Engine.Turns;
using Fangd.Server.Sessions;

namespace Fangd.Server.Runs;

/// <summary>
/// One run: from the request to its result. It belongs to the daemon, not to the connection that asked for it: a client that leaves
/// only loses its subscription, unless the run has nothing to persist and nobody is left.
/// </summary>
internal sealed class Run(string id, RunRequest request, TimeProvider time) : IRunSink, IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    // Completed as the very last step of a run, so whoever waits may go on at once, on the same thread.
    private readonly TaskCompletionSource<TurnResult> _done = new();
    private ImmutableArray<RunSubscription> _readers = [];

    public string Id => id;

    public RunRequest Request => request;

    public string AgentId => request.Agent.Id;

    public SessionRef? Session => request.Session;

    /// <summary>Known when the run has ended well: which limit is nearly used up; or null.</summary>
    public string? BudgetWarning { get; set; }

    public CancellationToken Cancelled => _cancel.Token;

    /// <summary>The result, or a <see cref="TurnException"/>.</summary>
    public Task<TurnResult> Done => _done.Task;

    public RunSubscription Subscribe(TimeSpan keepAlive)
    {
        var reader = new RunSubscription(this, time, keepAlive);
        ImmutableInterlocked.Update(ref _readers, static (all, one) => all.Add(one), reader);
        return reader;
    }

    public void Leave(RunSubscription reader) => ImmutableInterlocked.Update(ref _readers, static (all, one) => all.Remove(one), reader);

    public void Emit(RunEvent happened)
    {
        foreach (var reader in _readers)
            reader.Offer(happened);
    }

    /// <summary>Asks the run to end; it then fails with <see cref="RunFault.Cancelled"/>.</summary>
    public void Cancel()
    {
        try
        {
            _cancel.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended in the same moment.
        }
    }

    /// <summary>The caller went away. A kept session's run goes on: its answer is found there later.</summary>
    public void Abandon()
    {
        if (Session is null && _readers.IsEmpty)
            Cancel();
    }

    public void Finish(TurnResult result)
    {
        Emit(new RunFinished(result));
        _done.TrySetResult(result);
    }

    public void Fail(TurnException failure)
    {
        Emit(new RunFailed(failure.Fault, failure.Message, failure.RetryAfter));
        _done.TrySetException(failure);
        // Nobody has to wait for it: a failure without a reader is in the log and in the run's row.
        _ = _done.Task.Exception;
    }

    public void Dispose() => _cancel.Dispose();
}

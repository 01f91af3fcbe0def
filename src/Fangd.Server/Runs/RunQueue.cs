using System.Collections.Concurrent;
using Fangd.Engine.Turns;
using Fangd.Server.Http;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Runs;

/// <summary>
/// Lets runs begin: one at a time a session, in order of arrival, others of the same session wait; all sessions side by side. Bounded:
/// a full lane or a full daemon says 429, and nobody's run is cut for another's.
/// </summary>
internal sealed partial class RunQueue(RunExecutor executor, RunLimits limits, TimeProvider time, Func<string> newId, ILogger<RunQueue> log)
{
    private static readonly TimeSpan TimeToLeave = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, Run> _active = new(StringComparer.Ordinal);
    // Guards the lanes: who holds a session and how many wait for it.
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Lane> _lanes = [];
    private volatile bool _isClosed;
    private long _started;

    public int Active => _active.Count;

    public long Started => Interlocked.Read(ref _started);

    /// <summary>Takes a run in. It has a place, or this throws 429 or 503; its outcome is <see cref="Run.Done"/>.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="prepare">Called before the run can emit anything: the place to subscribe.</param>
    public Run Start(RunRequest request, Action<Run>? prepare = null)
    {
        if (_isClosed)
            throw new ApiException(ApiFault.Unavailable, "the daemon is shutting down", TimeSpan.FromSeconds(5));
        if (_active.Count >= limits.MostRuns)
            throw new ApiException(ApiFault.TooManyRequests, $"{limits.MostRuns} runs are active: the daemon takes no more", TimeSpan.FromSeconds(1));
        var run = new Run(newId(), request, time);
        Task? turn = null;
        if (request.Session is { } session)
            turn = Join(session.Key, run);
        prepare?.Invoke(run);
        _active[run.Id] = run;
        Interlocked.Increment(ref _started);
        _ = Drive(run, turn);
        return run;
    }

    /// <summary>The run of this id, waiting or under way, or null.</summary>
    public Run? Find(string id) => _active.GetValueOrDefault(id);

    /// <summary>Cancels all runs of an agent, also those that wait. How many there were.</summary>
    public int StopAgent(string agentId)
    {
        var stopped = 0;
        foreach (var run in _active.Values)
        {
            if (run.AgentId != agentId)
                continue;
            run.Cancel();
            stopped++;
        }

        return stopped;
    }

    /// <summary>Cancels the runs of one session.</summary>
    public void StopSession(long session)
    {
        foreach (var run in _active.Values)
        {
            if (run.Session?.Key == session)
                run.Cancel();
        }
    }

    /// <summary>Keeps runs out of a session until disposed; null when one is in it.</summary>
    public IDisposable? Hold(long session)
    {
        lock (_gate)
        {
            var hold = new SessionHold(this, session);
            return _lanes.TryAdd(session, new Lane(hold)) ? hold : null;
        }
    }

    public bool IsBusySession(long session)
    {
        lock (_gate)
            return _lanes.ContainsKey(session);
    }

    public bool IsBusy(string agentId) => _active.Values.Any(r => r.AgentId == agentId);

    /// <summary>Takes no more runs, lets the active ones end until the deadline, then cancels the rest.</summary>
    public async Task Drain(CancellationToken deadline)
    {
        _isClosed = true;
        var all = _active.Values.Select(r => r.Done as Task).ToList();
        if (all.Count == 0)
            return;
        Draining(all.Count);
        try
        {
            await Task.WhenAll(all).WaitAsync(deadline);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            foreach (var run in _active.Values)
                run.Cancel();
            await Ended(all);
        }
        catch (TurnException)
        {
            // A run that fails has ended too.
        }
    }

    /// <summary>What a cancelled run has said so far is stored and its readers are told; a tool that does not listen is not waited for.</summary>
    private async Task Ended(List<Task> cancelled)
    {
        try
        {
            await Task.WhenAll(cancelled).WaitAsync(TimeToLeave, time);
        }
        catch (Exception ended) when (ended is TurnException or TimeoutException)
        {
            // Cancelled is what they were to be.
        }
    }

    /// <summary>The body of a run; what can go wrong in it is its outcome, so nobody has to await this task.</summary>
    private async Task Drive(Run run, Task? turn)
    {
        RunOutcome outcome;
        try
        {
            if (turn is not null)
                await turn.WaitAsync(run.Cancelled);
            outcome = await executor.Execute(run);
        }
        catch (OperationCanceledException)
        {
            outcome = new RunOutcome(null, new TurnException(RunFault.Cancelled, "the run was cancelled"));
        }

        // The place is free before anybody hears of the end: who then asks finds the session idle.
        if (run.Session is { } session)
            Pass(session.Key, run);
        _active.TryRemove(run.Id, out _);
        run.Dispose();
        if (outcome.Result is { } result)
            run.Finish(result);
        else
            run.Fail(outcome.Failure!);
    }

    /// <summary>Null when the session is free; otherwise the task that ends when it is this run's turn.</summary>
    private Task? Join(long session, Run run)
    {
        lock (_gate)
        {
            if (!_lanes.TryGetValue(session, out var lane))
            {
                _lanes.Add(session, new Lane(run));
                return null;
            }

            if (lane.Waiting.Count >= limits.MostWaiting)
                throw new ApiException(ApiFault.TooManyRequests, $"{lane.Waiting.Count} messages wait for this session: it takes no more", TimeSpan.FromSeconds(1));
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lane.Waiting.AddLast((run, turn));
            return turn.Task;
        }
    }

    private void Pass(long session, object run)
    {
        lock (_gate)
        {
            var lane = _lanes[session];
            if (!ReferenceEquals(lane.Holder, run))
            {
                // Cancelled while it waited: it leaves the line.
                for (var node = lane.Waiting.First; node is not null; node = node.Next)
                {
                    if (!ReferenceEquals(node.Value.Run, run))
                        continue;
                    lane.Waiting.Remove(node);
                    return;
                }

                return;
            }

            if (lane.Waiting.First is not { } next)
            {
                _lanes.Remove(session);
                return;
            }

            lane.Waiting.RemoveFirst();
            lane.Holder = next.Value.Run;
            next.Value.Turn.SetResult();
        }
    }

    [LoggerMessage(LogLevel.Information, "Waiting for {Count} runs to end.")]
    private partial void Draining(int count);

    private sealed class SessionHold(RunQueue queue, long session) : IDisposable
    {
        public void Dispose() => queue.Pass(session, this);
    }

    /// <summary>Who is in a session (a run or a hold) and which runs wait.</summary>
    private sealed class Lane(object holder)
    {
        public object Holder { get; set; } = holder;

        public LinkedList<(Run Run, TaskCompletionSource Turn)> Waiting { get; } = new();
    }
}

/// <summary>How many runs fit: active in all, and waiting a session.</summary>
internal sealed record RunLimits(int MostRuns = 2048, int MostWaiting = 256);

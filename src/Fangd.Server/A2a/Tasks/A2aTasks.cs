using System.Collections.Concurrent;
using Fangd.Engine.Turns;
using Fangd.Protocols.A2a;
using Fangd.Protocols.Llm;
using Fangd.Server.A2a.Push;
using Fangd.Server.Agents;
using Fangd.Server.Http;
using Fangd.Server.Runs;
using Fangd.Server.Sessions;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.A2a.Tasks;

/// <summary>
/// Tasks are runs: each entrance of the protocol begins them here, and what becomes of the run is carried into the task's row before anybody is
/// told. A context is a session of the agent, so that it remembers.
/// </summary>
internal sealed partial class A2aTasks(A2aTaskStore store, PushSender push, SessionStore sessions, RunQueue runs, Foundation on)
{
    private static readonly TimeSpan TimeToCancel = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TimeToLeave = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, LiveTask> _live = new(StringComparer.Ordinal);
    private readonly ILogger _log = on.Log<A2aTasks>();

    /// <summary>Begins a task; it is durable when this returns. Throws 429 or 503 when the daemon takes no run.</summary>
    /// <param name="order">What is to be done.</param>
    /// <param name="prepare">Called before the run can emit anything: the place to subscribe.</param>
    public async Task<LiveTask> Start(TaskOrder order, Action<Run>? prepare = null)
    {
        var now = on.Time.GetUtcNow();
        var live = new LiveTask(new StoredTask
        {
            Id = order.TaskId ?? on.NewId(),
            AgentId = order.Agent.Id,
            ContextId = order.ContextId,
            State = A2aState.Submitted,
            Message = order.Message,
            CreatedAt = now,
            ChangedAt = now,
        });
        live.Now = live.Now with { Message = order.Message with { TaskId = live.Id, ContextId = order.ContextId } };
        var session = await sessions.OfOrigin(order.Agent.Id, $"a2a:{order.ContextId}");
        if (!await store.Add(live.Now))
            throw ApiException.Conflict($"a task '{live.Id}' exists already, or its agent has just gone");
        try
        {
            if (order.Push is { } config)
                await push.Store.Set(config with { TaskId = live.Id });
            RunSubscription? events = null;
            var request = new RunRequest
            {
                Agent = order.Agent,
                Session = session,
                Messages = [new LlmMessage(LlmRole.User, order.Parts)],
                Origin = "a2a",
                // Another agent says it, not the owner of the daemon.
                Taint = TaintLabels.UntrustedAgent,
            };
            runs.Start(request, run =>
            {
                live.Run = run;
                _live[live.Id] = live;
                events = run.Subscribe(SseStream.KeepAlive);
                prepare?.Invoke(run);
            });
            live.Following = Follow(live, events!);
            return live;
        }
        catch
        {
            await store.Remove(live.Id);
            throw;
        }
    }

    public LiveTask? FindLive(string id) => _live.GetValueOrDefault(id);

    /// <summary>As it is now, or null.</summary>
    public StoredTask? Find(string id) => store.Find(id);

    /// <summary>Asks the task to end and waits for it, for as long as a tool that does not listen may take. Null when it has ended already.</summary>
    public async Task<StoredTask?> Cancel(string id, CancellationToken aborted)
    {
        if (FindLive(id) is not { } live)
            return null;
        live.Cancel();
        try
        {
            var ended = await live.Done.WaitAsync(TimeToCancel, on.Time, aborted);
            return ended.State == A2aState.Canceled ? ended : null;
        }
        catch (TimeoutException)
        {
            return live.Now;
        }
    }

    /// <summary>What was under way when the daemon died has failed; who wanted to hear of it hears that, and what it could not be told before.</summary>
    public async Task MarkInterrupted()
    {
        await store.MarkInterrupted();
        push.Wake();
    }

    /// <summary>After the runs have ended: waits until their rows say so.</summary>
    public async Task Stop()
    {
        try
        {
            await Task.WhenAll(_live.Values.Select(live => live.Following)).WaitAsync(TimeToLeave, on.Time);
        }
        catch (TimeoutException)
        {
            // Their rows are closed at the next start.
        }
    }

    /// <summary>The only writer of the row from now on. What can go wrong in it is logged, so nobody has to await it.</summary>
    private async Task Follow(LiveTask live, RunSubscription subscribed)
    {
        try
        {
            using (subscribed)
                await Watch(live, subscribed);
            live.Now = await Ended(live);
            await store.Announce(live.Now);
            push.Wake();
        }
        catch (Exception bug)
        {
            on.Health.CountPanic();
            NotStored(live.Id, bug);
        }
        finally
        {
            _live.TryRemove(live.Id, out _);
            live.End();
        }
    }

    private async Task Watch(LiveTask live, RunSubscription events)
    {
        while (!events.IsCutOff)
        {
            // It was subscribed before the run could say anything, so the end is always told.
            foreach (var happened in await events.Next(CancellationToken.None))
            {
                switch (happened)
                {
                    case RunStarted:
                        await store.Announce(live.Now = Working(live, null));
                        push.Wake();
                        break;
                    case ApprovalRequested asks:
                        await store.Update(live.Now = Working(live, Waiting(asks)));
                        break;
                    case ApprovalDecided:
                        await store.Update(live.Now = Working(live, null));
                        break;
                    case RunFinished or RunFailed:
                        return;
                }
            }
        }
    }

    /// <summary>The client cannot do anything about it, so this is not its input that is required.</summary>
    public static string Waiting(ApprovalRequested asks) => $"waits until a person approves {asks.Tool}";

    private StoredTask Working(LiveTask live, string? note) =>
        live.Now with { State = A2aState.Working, Note = note, ChangedAt = on.Time.GetUtcNow() };

    private async Task<StoredTask> Ended(LiveTask live)
    {
        StoredTask ended;
        try
        {
            ended = live.Now with { State = A2aState.Completed, Answer = (await live.Run.Done).Text, Note = null };
        }
        catch (TurnException failure) when (failure.Fault == RunFault.Cancelled && !(on.Stopping.IsCancellationRequested && !live.IsCancelAsked))
        {
            ended = live.Now with { State = A2aState.Canceled, Note = null };
        }
        catch (TurnException failure)
        {
            ended = live.Now with { State = A2aState.Failed, Note = failure.Fault == RunFault.Cancelled ? "the daemon stopped while the task was under way" : failure.Message };
        }

        var now = on.Time.GetUtcNow();
        return ended with { ChangedAt = now, FinishedAt = now };
    }

    [LoggerMessage(LogLevel.Error, "The course of A2A task {TaskId} could not be stored.")]
    private partial void NotStored(string taskId, Exception bug);
}

/// <summary>A task as it is asked for.</summary>
/// <param name="Agent">Who is to do it.</param>
/// <param name="ContextId">The conversation it belongs to.</param>
/// <param name="Message">As the row keeps it.</param>
/// <param name="Parts">As the model gets it.</param>
/// <param name="TaskId">An id of the client's choice; null for a new one.</param>
/// <param name="Push">Where its changes are told; null for nowhere. The task's id is filled in.</param>
internal sealed record TaskOrder(Agent Agent, string ContextId, A2aMessage Message, IReadOnlyList<LlmPart> Parts, string? TaskId = null, PushConfig? Push = null);

using Fangd.Engine.Context;
using Fangd.Engine.Turns;
using Fangd.Server.Agents;
using Fangd.Server.Http;
using Fangd.Server.Providers;
using Fangd.Server.Runs;
using Fangd.Server.Usage;

namespace Fangd.Server.Sessions;

/// <summary>What came of a compaction, as it is told.</summary>
internal sealed record CompactionOutcome(bool IsDone, string Message);

/// <summary>What can be done to sessions, by whoever asks: REST or a chat command.</summary>
internal sealed class SessionActions(SessionStore store, RunQueue runs, StoredConversations conversations, Metering models, DefaultModel defaults)
{
    /// <summary>Whether a run is active in a session or waits for it.</summary>
    public bool IsRunning(long key) => runs.IsBusySession(key);

    public async Task<SessionRef> Create(Agent agent, string? label)
    {
        var session = await store.Create(agent.Id, label, "chat", activate: true);
        agent.Session = session;
        return session;
    }

    public async Task Switch(Agent agent, SessionRow session)
    {
        await store.Activate(agent.Id, session.Key);
        agent.Session = new SessionRef(session.Key, session.Id);
    }

    /// <summary>Replaces the active session by an empty one; what runs in it is cancelled.</summary>
    public async Task<SessionRef> Reset(Agent agent)
    {
        var old = store.Find(agent.Session.Id);
        runs.StopSession(agent.Session.Key);
        var fresh = old is null ? await store.Create(agent.Id, null, "chat", activate: true) : await store.Delete(old, isActive: true);
        agent.Session = fresh!;
        return fresh!;
    }

    /// <summary>Deletes all sessions of the agent; what runs is cancelled.</summary>
    public async Task<SessionRef> Clear(Agent agent)
    {
        runs.StopAgent(agent.Id);
        agent.Session = await store.Clear(agent.Id);
        return agent.Session;
    }

    public async Task Delete(Agent agent, SessionRow session)
    {
        runs.StopSession(session.Key);
        if (await store.Delete(session, agent.Session.Key == session.Key) is { } fresh)
            agent.Session = fresh;
    }

    /// <summary>Summarises the active session with the agent's model. 409 while a run holds the session.</summary>
    public async Task<CompactionOutcome> Compact(Agent agent, CancellationToken aborted)
    {
        var session = agent.Session;
        using var hold = runs.Hold(session.Key) ?? throw ApiException.Conflict("a run is active in this session; try again when it has ended");
        var conversation = conversations.Open(session, StoredConversations.MostForCompaction);
        var manifest = agent.Manifest;
        var model = models.Resolve(defaults.Resolve(manifest.Model));
        var done = await Compact(new Compactor(models.For(agent, manifest, session.Id, runId: "")), conversation, model, aborted);
        if (done.Summarised == 0)
            return new CompactionOutcome(false, $"Nothing to compact: the session has {conversation.Messages.Count} messages");
        var how = done.IsNoteOnly ? " (the model was not available; excerpts were kept instead of a summary)" : "";
        return new CompactionOutcome(true, $"Session compacted: {done.Summarised} messages summarized, {done.Kept} kept{how}");
    }

    private static async Task<Compaction> Compact(Compactor compactor, IConversation conversation, ModelRef model, CancellationToken aborted)
    {
        try
        {
            return await compactor.Compact(conversation, model, aborted);
        }
        catch (TurnException refused)
        {
            throw RunFailure.Of(refused);
        }
    }
}

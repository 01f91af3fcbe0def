using Fangd.Engine.Context;
using Fangd.Server.Agents;
using Fangd.Server.Runs;
using Fangd.Server.Sessions;

namespace Fangd.Server.Approvals;

/// <summary>Lets runs go on that the daemon's death cut off while they waited.</summary>
internal sealed class ApprovalRuns(AgentRegistry registry, SessionStore sessions, RunQueue queue)
{
    /// <summary>How far back the waiting call may stand: a turn has at most this many calls and results.</summary>
    private const int LongestTurn = 256;

    /// <summary>Why the call cannot run any more, or null when it can.</summary>
    public string? Obstacle(ApprovalRow row)
    {
        if (registry.Find(row.AgentId) is null)
            return "its agent is gone; the tool did not run";
        if (row.Call!.SessionId is not { } id || sessions.Find(id) is not { } session || sessions.Head(session.Key) is not { } head)
            return "its session is gone; the tool did not run";
        var tail = sessions.Tail(session.Key, head.ContextFrom, LongestTurn).ConvertAll(stored => stored.Message);
        return SessionRepair.OpenCalls(tail, []).Any(call => call.Id == row.Call.CallId)
            ? null
            : "the conversation went on without it; the tool did not run";
    }

    public bool Knows(string sessionId) => sessions.Find(sessionId) is not null;

    public void Resume(ApprovalRow row)
    {
        if (registry.Find(row.AgentId) is not { } agent || sessions.Find(row.Call!.SessionId!) is not { } session)
            return;
        queue.Start(new RunRequest
        {
            Agent = agent,
            Session = new SessionRef(session.Key, session.Id),
            Messages = [],
            Origin = "approval",
            Resumes = true,
        });
    }
}

using Fangd.Engine.Approvals;
using Fangd.Server.Storage;

namespace Fangd.Server.Approvals;

/// <summary>
/// The requests that wait and the newest decisions. Every change of state is one conditional UPDATE, so of two who decide at the same
/// moment (two people, a person and the clock, a person and a stop) one wins and the other learns it.
/// </summary>
internal sealed class ApprovalStore(Database database, TimeProvider time)
{
    /// <summary>Requests of one agent that may wait at once.</summary>
    public const int MostPending = 5;

    /// <summary>Decisions that are kept.</summary>
    public const int MostDecided = 100;

    private const string Columns =
        """
        id, agent_id, agent_name, run_id, session_id, call_id, tool_name, description, action_summary, payload, risk_level,
        requested_at, timeout_secs, expires_at, status, decided_at, feedback, reason, reopened, decided_by, escalations
        """;

    /// <summary>Stores a request as pending; false when as many as may already wait for this agent.</summary>
    public Task<bool> Add(ApprovalRow row) => database.Write(sql =>
    {
        Sweep(sql, row.RequestedAt);
        if (sql.Number("SELECT count(*) FROM approvals WHERE status = 'pending' AND agent_id = $agent", row.AgentId) >= MostPending)
            return false;
        sql.Execute(
            """
            INSERT INTO approvals (id, agent_id, agent_name, run_id, session_id, call_id, tool_name, description, action_summary, payload,
                risk_level, requested_at, timeout_secs, expires_at, status)
            VALUES ($id, $agent, $name, $run, $session, $call, $tool, $description, $summary, $payload, $risk, $at, $timeout, $expires, 'pending')
            """,
            row.Id, row.AgentId, row.AgentName, row.Call?.RunId, row.Call?.SessionId, row.Call?.CallId, row.ToolName, row.Description,
            row.ActionSummary, row.Payload, ApprovalWords.Of(row.Risk), row.RequestedAt, row.TimeoutSecs, row.ExpiresAt);
        return true;
    });

    public ApprovalRow? Find(string id) => Current(database.Read(sql => sql.One(
        $"SELECT {Columns} FROM approvals WHERE id = $id", ReadRow, id)));

    /// <summary>The pending requests, oldest first, then the newest decisions.</summary>
    public List<ApprovalRow> List() => database.Read<List<ApprovalRow>>(sql =>
    {
        var rows = sql.All($"SELECT {Columns} FROM approvals WHERE status = 'pending' ORDER BY seq", ReadRow).ConvertAll(row => Current(row)!);
        var decided = sql.All($"SELECT {Columns} FROM approvals WHERE status <> 'pending' ORDER BY decided_at DESC, seq DESC LIMIT $most", ReadRow, MostDecided);
        // What ran out a moment ago is not stored as such yet; it belongs to the decided ones, and is the newest of them.
        return [.. rows.Where(r => r.Status == ApprovalStatus.Pending), .. rows.Where(r => r.Status != ApprovalStatus.Pending), .. decided];
    });

    /// <summary>Decides a pending request; null when it is pending no more.</summary>
    public Task<DateTimeOffset?> Decide(string id, ApprovalDecision decision)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        return database.Write<DateTimeOffset?>(sql =>
        {
            var changed = sql.Execute(
                """
                UPDATE approvals SET status = $status, decided_at = $now, feedback = $feedback, reason = $reason, decided_by = $by, second_factor = $code
                WHERE id = $id AND status = 'pending' AND (expires_at > $now OR $status = 'expired' OR $by = 'timeout')
                """,
                ApprovalWords.Of(decision.Status), now, decision.Feedback, decision.Reason, decision.By, decision.HasCode, id);
            Forget(sql);
            return changed == 1 ? now : null;
        });
    }

    /// <summary>Puts a request again that nobody answered; null when that was done often enough, or it is pending no more.</summary>
    public Task<ApprovalRow?> Escalate(string id, TimeSpan longer) => database.Write(sql => sql.Execute(
        "UPDATE approvals SET escalations = escalations + 1, expires_at = $expires WHERE id = $id AND status = 'pending' AND escalations < $most",
        time.GetUtcNow() + longer, id, ApprovalRules.MostEscalations) == 1
        ? sql.One($"SELECT {Columns} FROM approvals WHERE id = $id", ReadRow, id)
        : null);

    /// <summary>How many requests wait.</summary>
    public int CountPending() => (int)database.Read(sql => sql.Number(
        "SELECT count(*) FROM approvals WHERE status = 'pending' AND expires_at > $now", time.GetUtcNow()))!.Value;

    /// <summary>Closes what ran out while nobody looked.</summary>
    public Task Sweep()
    {
        var now = time.GetUtcNow();
        return database.Write(sql => Sweep(sql, now));
    }

    /// <summary>Takes a decision for the call that is about to run, or not to; true once and never again.</summary>
    public Task<bool> Use(string id) => database.Write(sql => sql.Execute(
        "UPDATE approvals SET used_at = $now WHERE id = $id AND status IN ('approved', 'rejected') AND used_at IS NULL", time.GetUtcNow(), id) == 1);

    /// <summary>An approval that was not used has nothing left to allow.</summary>
    public Task Withdraw(string id, string reason) => database.Write(sql => sql.Execute(
        """
        UPDATE approvals SET status = 'expired', decided_at = coalesce(decided_at, $now), reason = $reason
        WHERE id = $id AND used_at IS NULL AND status IN ('pending', 'approved')
        """,
        time.GetUtcNow(), reason, id));

    /// <summary>The request of this very call from before the daemon died, decided meanwhile or not; null when there is none.</summary>
    public ApprovalRow? Reopened(ApprovalRow like) => like.Call?.SessionId is not { } session ? null : Current(database.Read(sql => sql.One(
        $"""
        SELECT {Columns} FROM approvals WHERE session_id = $session AND call_id = $call AND tool_name = $tool AND payload = $payload
            AND reopened = 1 AND used_at IS NULL AND status <> 'expired' ORDER BY seq DESC LIMIT 1
        """,
        ReadRow, session, like.Call.CallId, like.ToolName, like.Payload)));

    /// <summary>
    /// At start: calls that waited when the daemon died did not run. Where the conversation is kept they may wait on, for as long again;
    /// an approval that came too late to be used is asked for anew. How many there are.
    /// </summary>
    public Task<int> Reopen()
    {
        var now = time.GetUtcNow();
        return database.Write(sql =>
        {
            const string unused = "run_id IS NOT NULL AND used_at IS NULL AND status IN ('pending', 'approved')";
            sql.Execute(
                $"UPDATE approvals SET status = 'expired', decided_at = $now, reason = 'the daemon stopped; the tool did not run' WHERE session_id IS NULL AND {unused}",
                now);
            return sql.Execute(
                $"UPDATE approvals SET status = 'pending', decided_at = NULL, decided_by = NULL, second_factor = 0, reopened = 1, expires_at = $now + timeout_secs * 1000 WHERE {unused}", now);
        });
    }

    /// <summary>A call that waits in this process sees its own time out, and may be put again: it has a minute for that.</summary>
    private static int Sweep(SqlSession sql, DateTimeOffset now) => sql.Execute(
        """
        UPDATE approvals SET status = 'expired', decided_at = expires_at, reason = 'nobody decided in time'
        WHERE status = 'pending' AND expires_at <= $now - iif(run_id IS NULL, 0, 60000)
        """,
        now);

    /// <summary>Keeps the newest decisions, and those that a run is just about to use.</summary>
    private static void Forget(SqlSession sql) => sql.Execute(
        """
        DELETE FROM approvals WHERE status <> 'pending' AND NOT (status = 'approved' AND used_at IS NULL AND run_id IS NOT NULL)
            AND seq IN (SELECT seq FROM approvals WHERE status <> 'pending' ORDER BY decided_at DESC, seq DESC LIMIT -1 OFFSET $most)
        """,
        MostDecided);

    /// <summary>Nothing has to run at the moment when a request runs out: whoever looks sees it.</summary>
    private ApprovalRow? Current(ApprovalRow? row) => row is { Status: ApprovalStatus.Pending } && row.ExpiresAt <= time.GetUtcNow()
        ? row with { Status = ApprovalStatus.Expired, DecidedAt = row.ExpiresAt, Reason = "nobody decided in time" }
        : row;

    private static ApprovalRow ReadRow(SqlRow r) => new()
    {
        Id = r.Text(0),
        AgentId = r.Text(1),
        AgentName = r.Text(2),
        Call = r.IsNull(3) ? null : new ApprovalCall(r.Text(3), r.TextOrNull(4), r.Text(5)),
        ToolName = r.Text(6),
        Description = r.Text(7),
        ActionSummary = r.Text(8),
        Payload = r.TextOrNull(9),
        Risk = ApprovalWords.Risk(r.Text(10)),
        RequestedAt = r.Time(11),
        TimeoutSecs = r.Int(12),
        ExpiresAt = r.Time(13),
        Status = ApprovalWords.Status(r.Text(14)),
        DecidedAt = r.TimeOrNull(15),
        Feedback = r.TextOrNull(16),
        Reason = r.TextOrNull(17),
        IsReopened = r.Flag(18),
        DecidedBy = r.TextOrNull(19),
        Escalations = r.Int(20),
    };
}

using Fangd.Server.Health;
using Fangd.Server.Http;
using Fangd.Server.Storage;

namespace Fangd.Server.Approvals;

/// <summary>The decisions of the last months, which the requests themselves do not outlive.</summary>
internal sealed class ApprovalHistory(Database database, ApprovalStore store, ApprovalContext context) : IHousework
{
    private const int Batch = 5000;
    private const string Filter = "($agent IS NULL OR agent_id = $agent) AND ($tool IS NULL OR tool_name = $tool)";

    public void Map(RouteTable routes) => routes.Get("/api/approvals/audit", List);

    public async Task Tidy(CancellationToken stopping)
    {
        await store.Sweep();
        var days = context.HistoryDays;
        if (days == 0)
            return;
        var before = context.Time.GetUtcNow() - TimeSpan.FromDays(days);
        while (await database.Write(sql => sql.Execute(
            "DELETE FROM approval_decisions WHERE seq IN (SELECT seq FROM approval_decisions WHERE decided_at < $before LIMIT $most)", before, Batch)) == Batch)
        {
            stopping.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Newest first. <c>before</c> is the id of the last one of the page before.</summary>
    private Task List(Exchange exchange)
    {
        var limit = exchange.QueryInt("limit", 50, 1, 500);
        var before = exchange.QueryInt("before", int.MaxValue, 1, int.MaxValue);
        var (agent, tool) = (exchange.Query("agent_id"), exchange.Query("tool_name"));
        var page = database.Read(sql => new ApprovalDecisions(
            sql.All(
                $"""
                SELECT seq, approval_id, agent_id, agent_name, tool_name, description, action_summary, risk_level,
                    requested_at, decided_at, decision, decided_by, second_factor, feedback, reason
                FROM approval_decisions WHERE {Filter} AND seq < $before ORDER BY seq DESC LIMIT $limit
                """,
                Read, agent, tool, before, limit),
            sql.Number($"SELECT count(*) FROM approval_decisions WHERE {Filter}", agent, tool)!.Value,
            limit));
        return exchange.Ok(page, ApprovalJson.Default.ApprovalDecisions);
    }

    private static ApprovalDecisionView Read(SqlRow r) =>
        new(r.Whole(0), r.Text(1), r.Text(2), r.Text(3), r.Text(4), r.Text(5), r.Text(6), r.Text(7))
        {
            RequestedAt = r.Time(8),
            DecidedAt = r.Time(9),
            Decision = r.Text(10),
            DecidedBy = r.TextOrNull(11),
            SecondFactorUsed = r.Flag(12),
            Feedback = r.TextOrNull(13),
            Reason = r.TextOrNull(14),
        };
}

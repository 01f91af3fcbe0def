using System.Text.Json;
using Fangd.Server.Health;
using Fangd.Server.Http;
using Fangd.Server.Storage;

namespace Fangd.Server.Approvals;

/// <summary>The decisions of the last months, which the requests themselves do not outlive.</summary>
internal sealed class ApprovalHistory(Database database, ApprovalStore store, ApprovalContext context) : IHousework
{
    private const int Batch = 5000;
    private static readonly string[] _texts =
        ["request_id", "agent_id", "agent_name", "tool_name", "description", "action_summary", "risk_level"];

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
        return exchange.Write(200, json => database.Read(sql =>
        {
            json.WriteStartArray("items");
            sql.Each(
                $"""
                SELECT seq, approval_id, agent_id, agent_name, tool_name, description, action_summary, risk_level,
                    requested_at, decided_at, decision, decided_by, second_factor, feedback, reason
                FROM approval_decisions WHERE {Filter} AND seq < $before ORDER BY seq DESC LIMIT $limit
                """,
                row => Write(json, row),
                agent, tool, before, limit);
            json.WriteEndArray();
            json.WriteNumber("total", sql.Number($"SELECT count(*) FROM approval_decisions WHERE {Filter}", agent, tool) ?? 0);
            json.WriteNumber("limit", limit);
            return true;
        }));
    }

    private static bool Write(Utf8JsonWriter json, SqlRow row)
    {
        json.WriteStartObject();
        json.WriteNumber("id", row.Whole(0));
        for (var i = 0; i < _texts.Length; i++)
            json.WriteString(_texts[i], row.Text(i + 1));
        json.WriteString("requested_at", row.Time(8));
        json.WriteString("decided_at", row.Time(9));
        json.WriteString("decision", row.Text(10));
        if (row.TextOrNull(11) is { } by)
            json.WriteString("decided_by", by);
        json.WriteBoolean("second_factor_used", row.Flag(12));
        if (row.TextOrNull(13) is { } feedback)
            json.WriteString("feedback", feedback);
        if (row.TextOrNull(14) is { } reason)
            json.WriteString("reason", reason);
        json.WriteEndObject();
        return true;
    }
}

using Fangd.Server.Storage;

namespace Fangd.Server.Audit;

/// <summary>The entries to read, the newest first.</summary>
internal sealed class AuditLog(Database database)
{
    private const string Columns =
        """
        SELECT e.seq, e.at, e.action, e.agent_id, e.detail, e.outcome, e.hash,
               coalesce((SELECT p.hash FROM audit_entries p WHERE p.seq = e.seq - 1), (SELECT c.hash FROM audit_anchors c WHERE c.name = 'checkpoint' AND c.seq = e.seq - 1), zeroblob(32))
        FROM audit_entries e
        """;

    /// <summary>Entries before a number; with an agent or an action, only its. Each way walks along an index.</summary>
    public List<AuditRow> Page(long before, int limit, string? agentId, string? action) => database.Read(sql => (agentId, action) switch
    {
        (null, null) => sql.All($"{Columns} WHERE e.seq < $before ORDER BY e.seq DESC LIMIT $limit", Read, before, limit),
        (null, _) => sql.All($"{Columns} WHERE e.seq < $before AND e.action = $action ORDER BY e.seq DESC LIMIT $limit", Read, before, action, limit),
        (_, null) => sql.All($"{Columns} WHERE e.seq < $before AND e.agent_id = $agent ORDER BY e.seq DESC LIMIT $limit", Read, before, agentId, limit),
        _ => sql.All($"{Columns} WHERE e.seq < $before AND e.agent_id = $agent AND e.action = $action ORDER BY e.seq DESC LIMIT $limit", Read, before, agentId, action, limit),
    });

    /// <summary>How many entries there are, and the hash of the last, as the anchors say.</summary>
    public (long Total, string TipHash) End() => database.Read(sql =>
    {
        var tip = AuditAnchor.Find(sql, AuditAnchor.Tip);
        var pruned = AuditAnchor.Find(sql, AuditAnchor.Checkpoint)?.Seq ?? 0;
        return ((tip?.Seq ?? 0) - pruned, Hex(tip is null ? AuditHasher.Genesis : tip.Hash));
    });

    private static AuditRow Read(SqlRow r) => new(
        r.Whole(0), r.Time(1), r.Text(2), r.TextOrNull(3), r.Text(4), r.Text(5), Hex(r.Bytes(6)), Hex(r.Bytes(7)));

    private static string Hex(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash);
}

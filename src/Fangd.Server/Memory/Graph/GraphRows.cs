using Fangd.Engine.Memory;
using Fangd.Protocols.Llm;
using Fangd.Server.Storage;

namespace Fangd.Server.Memory.Graph;

/// <summary>Reads entities and relations.</summary>
internal static class GraphRows
{
    public const string Entity = "e.id, e.agent_id, e.type, e.name, e.properties, e.created_at, e.updated_at, e.taint";

    private const string Ends =
        "s.id, s.agent_id, s.type, s.name, s.properties, s.created_at, s.updated_at, s.taint, t.id, t.agent_id, t.type, t.name, t.properties, t.created_at, t.updated_at, t.taint";

    /// <summary>Relations <c>r</c> with their ends <c>s</c> and <c>t</c>.</summary>
    public const string SelectRelations =
        $"""
        SELECT {Ends}, r.id, r.agent_id, r.type, r.properties, r.confidence, r.created_at, r.taint FROM knowledge_relations r
        JOIN knowledge_entities s ON s.key = r.source JOIN knowledge_entities t ON t.key = r.target
        """;

    public static GraphEntity ReadEntity(SqlRow r) => EntityAt(r, 0);

    public static GraphRelation ReadRelation(SqlRow r) =>
        new(r.Text(16), r.TextOrNull(17), EntityAt(r, 0), r.Text(18), EntityAt(r, 8), r.Text(19), r.Real(20), r.Time(21)) { Taint = (TaintLabels)r.Int(22) };

    private static GraphEntity EntityAt(SqlRow r, int at) =>
        new(r.Text(at), r.TextOrNull(at + 1), r.Text(at + 2), r.Text(at + 3), r.Text(at + 4), r.Time(at + 5), r.Time(at + 6))
        {
            Taint = (TaintLabels)r.Int(at + 7),
        };
}

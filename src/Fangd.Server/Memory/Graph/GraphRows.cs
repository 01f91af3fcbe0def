using Fangd.Engine.Memory;
using Fangd.Server.Storage;

namespace Fangd.Server.Memory.Graph;

/// <summary>Reads entities and relations.</summary>
internal static class GraphRows
{
    public const string Entity = "e.id, e.agent_id, e.type, e.name, e.properties, e.created_at, e.updated_at";

    private const string Ends =
        "s.id, s.agent_id, s.type, s.name, s.properties, s.created_at, s.updated_at, t.id, t.agent_id, t.type, t.name, t.properties, t.created_at, t.updated_at";

    /// <summary>Relations <c>r</c> with their ends <c>s</c> and <c>t</c>.</summary>
    public const string SelectRelations =
        $"""
        SELECT {Ends}, r.id, r.agent_id, r.type, r.properties, r.confidence, r.created_at FROM knowledge_relations r
        JOIN knowledge_entities s ON s.key = r.source JOIN knowledge_entities t ON t.key = r.target
        """;

    public static GraphEntity ReadEntity(SqlRow r) => EntityAt(r, 0);

    public static GraphRelation ReadRelation(SqlRow r) =>
        new(r.Text(14), r.TextOrNull(15), EntityAt(r, 0), r.Text(16), EntityAt(r, 7), r.Text(17), r.Real(18), r.Time(19));

    private static GraphEntity EntityAt(SqlRow r, int at) =>
        new(r.Text(at), r.TextOrNull(at + 1), r.Text(at + 2), r.Text(at + 3), r.Text(at + 4), r.Time(at + 5), r.Time(at + 6));
}

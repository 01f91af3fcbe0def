using System.Globalization;
using Fangd.Engine.Memory;
using Fangd.Server.Storage;

namespace Fangd.Server.Memory.Graph;

/// <summary>
/// Walks over relations: breadth first, never twice through one entity in a path, and bounded in every direction: relations of one entity
/// that are followed, paths that are begun, steps of a path.
/// </summary>
internal static class GraphWalk
{
    /// <summary>Relations of one entity that are followed, in each direction.</summary>
    private const int Fan = 200;

    /// <summary>Paths that are begun.</summary>
    private const int MostBegun = 5000;

    /// <summary>
    /// A path is the keys of its entities between commas (what a cycle would come back to) and those of its relations. The subqueries keep
    /// a hub with a million relations from filling the queue.
    /// </summary>
    private const string Walk =
        """
        WITH RECURSIVE walk (at, depth, entities, relations) AS (
            SELECT $start, 0, ',' || $start || ',', ''
            UNION ALL
            SELECT iif(r.source = w.at, r.target, r.source), w.depth + 1, w.entities || iif(r.source = w.at, r.target, r.source) || ',',
                w.relations || r.key || ','
            FROM walk w JOIN knowledge_relations r ON r.key IN (
                SELECT key FROM (SELECT o.key FROM knowledge_relations o WHERE $outgoing AND o.source = w.at
                    AND ($type = '' OR o.type = $type) AND (o.agent_id = $agent OR ($shared AND o.agent_id IS NULL)) LIMIT $fan)
                UNION ALL
                SELECT key FROM (SELECT i.key FROM knowledge_relations i WHERE $incoming AND i.target = w.at
                    AND ($type = '' OR i.type = $type) AND (i.agent_id = $agent OR ($shared AND i.agent_id IS NULL)) LIMIT $fan))
            WHERE w.depth < $depth AND instr(w.entities, ',' || iif(r.source = w.at, r.target, r.source) || ',') = 0
            LIMIT $begun
        )
        SELECT relations FROM walk WHERE depth > 0 AND ($end = 0 OR at = $end) ORDER BY depth LIMIT $limit
        """;

    /// <summary>The keys of the relations of each path.</summary>
    /// <param name="sql">A reader.</param>
    /// <param name="agentId">Whose relations are walked, beside those that are shared.</param>
    /// <param name="start">Key of the entity where paths begin.</param>
    /// <param name="end">Key of the entity where they end; 0 for anywhere.</param>
    /// <param name="query">The rest.</param>
    public static List<long[]> Paths(SqlSession sql, string agentId, long start, long end, GraphQuery query) => sql.All(
        Walk,
        r => r.Text(0).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(key => long.Parse(key, CultureInfo.InvariantCulture)).ToArray(),
        start,
        query.Direction is not GraphDirection.Incoming,
        query.Relation ?? "",
        agentId,
        query.IncludesShared,
        Fan,
        query.Direction is not GraphDirection.Outgoing,
        query.MaxDepth,
        MostBegun,
        end,
        query.Limit);
}

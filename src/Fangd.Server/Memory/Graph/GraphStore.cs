using System.Buffers;
using System.Text;
using System.Text.Json;
using Fangd.Engine.Memory;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;
using Fangd.Server.Storage;

namespace Fangd.Server.Memory.Graph;

/// <summary>The knowledge graph: a part for each agent, which nobody else sees, and one that is shared.</summary>
internal sealed class GraphStore(Database database, TimeProvider time, Func<string> newId) : IKnowledgeGraph
{
    private const int MostMergedProperties = 65_536;

    // Where a page begins: after the entity or relation with this id, or at the newest.
    private const string BeforeEntity = "iif($before = '', 9223372036854775807, (SELECT b.key FROM knowledge_entities b WHERE b.id = $before))";
    private const string BeforeRelation = "iif($before = '', 9223372036854775807, (SELECT b.key FROM knowledge_relations b WHERE b.id = $before))";
    private const string VisibleEntity = "(e.agent_id = $agent OR ($shared AND e.agent_id IS NULL))";

    public async ValueTask<GraphEntity> AddEntity(string agentId, GraphScope scope, string type, string name, string properties, TaintLabels taint) =>
        await AddEntity(Owner(agentId, scope), type, name, properties, taint);

    /// <param name="owner">An agent's id; null for what is shared.</param>
    /// <param name="type">In its normal form.</param>
    /// <param name="name">As it is shown.</param>
    /// <param name="properties">A JSON object; it is merged into what is there, key by key.</param>
    /// <param name="taint">What it comes with; what the owner of the daemon adds comes with nothing.</param>
    public Task<GraphEntity> AddEntity(string? owner, string type, string name, string properties, TaintLabels taint = TaintLabels.None)
    {
        var (id, now) = (newId(), time.GetUtcNow());
        return database.Write(sql => EntityAt(sql, Put(sql, owner, type, name, properties, taint, id, now)));
    }

    public async ValueTask<GraphRelation> AddRelation(string agentId, GraphScope scope, string source, string type, string target, double confidence, TaintLabels taint)
    {
        var owner = Owner(agentId, scope);
        var (id, sourceId, targetId, now) = (newId(), newId(), newId(), time.GetUtcNow());
        return await database.Write(sql =>
        {
            var from = Resolve(sql, owner, source, true) ?? Put(sql, owner, GraphTypes.Concept, source, "{}", taint, sourceId, now);
            var to = Resolve(sql, owner, target, true) ?? Put(sql, owner, GraphTypes.Concept, target, "{}", taint, targetId, now);
            return Relate(sql, owner, from, type, to, "{}", confidence, taint, id, now);
        });
    }

    /// <summary>Null when an end is not known to the owner.</summary>
    public Task<GraphRelation?> AddRelation(string? owner, GraphRelationDraft draft)
    {
        var (id, now) = (newId(), time.GetUtcNow());
        return database.Write(sql =>
            Resolve(sql, owner, draft.Source, true) is { } from && Resolve(sql, owner, draft.Target, true) is { } to
                ? Relate(sql, owner, from, draft.Type, to, draft.Properties, draft.Confidence, TaintLabels.None, id, now)
                : null);
    }

    public ValueTask<IReadOnlyList<GraphPath>> Query(string agentId, GraphQuery query) =>
        ValueTask.FromResult(database.Read(sql => Query(sql, agentId, query)));

    public GraphEntity? FindEntity(string id) => database.Read(sql =>
        sql.One($"SELECT {GraphRows.Entity} FROM knowledge_entities e WHERE e.id = $id", GraphRows.ReadEntity, id));

    public GraphRelation? FindRelation(string id) => database.Read(sql => sql.One($"{GraphRows.SelectRelations} WHERE r.id = $id", GraphRows.ReadRelation, id));

    /// <summary>The newest first: an agent's own and, where <paramref name="agentId"/> is null, those of all.</summary>
    public List<GraphEntity> Entities(string? agentId, string? before, int limit) => database.Read(sql => sql.All(
        $"SELECT {GraphRows.Entity} FROM knowledge_entities e WHERE e.key < {BeforeEntity} AND ($agent = '' OR e.agent_id = $agent) ORDER BY e.key DESC LIMIT $limit",
        GraphRows.ReadEntity, before ?? "", agentId ?? "", limit));

    public List<GraphRelation> Relations(string? agentId, string? before, int limit) => database.Read(sql => sql.All(
        $"{GraphRows.SelectRelations} WHERE r.key < {BeforeRelation} AND ($agent = '' OR r.agent_id = $agent) ORDER BY r.key DESC LIMIT $limit",
        GraphRows.ReadRelation, before ?? "", agentId ?? "", limit));

    public (long Entities, long Relations) Count(string? agentId) => database.Read(sql => (
        sql.Number("SELECT count(*) FROM knowledge_entities WHERE $agent = '' OR agent_id = $agent", agentId ?? "") ?? 0,
        sql.Number("SELECT count(*) FROM knowledge_relations WHERE $agent = '' OR agent_id = $agent", agentId ?? "") ?? 0));

    public Task<bool> DeleteEntity(string id) => database.Write(sql => sql.Execute("DELETE FROM knowledge_entities WHERE id = $id", id) > 0);

    public Task<bool> DeleteRelation(string id) => database.Write(sql => sql.Execute("DELETE FROM knowledge_relations WHERE id = $id", id) > 0);

    private static string? Owner(string agentId, GraphScope scope) => scope is GraphScope.Shared ? null : agentId;

    private static IReadOnlyList<GraphPath> Query(SqlSession sql, string agentId, GraphQuery query)
    {
        var source = query.Source is null ? 0 : Resolve(sql, agentId, query.Source, query.IncludesShared);
        var target = query.Target is null ? 0 : Resolve(sql, agentId, query.Target, query.IncludesShared);
        if (source is null || target is null)
            return [];
        if (source == 0 && target == 0)
            return Newest(sql, agentId, query);
        List<long[]> paths;
        if (source != 0)
        {
            paths = GraphWalk.Paths(sql, agentId, source.Value, target.Value, query);
        }
        else
        {
            // Only the end is known: the same paths, walked backwards and turned round.
            var back = query.Direction switch
            {
                GraphDirection.Outgoing => GraphDirection.Incoming,
                GraphDirection.Incoming => GraphDirection.Outgoing,
                _ => GraphDirection.Both,
            };
            paths = GraphWalk.Paths(sql, agentId, target.Value, 0, query with { Direction = back });
            foreach (var path in paths)
                Array.Reverse(path);
        }

        var known = new Dictionary<long, GraphRelation>();
        return [.. paths.Select(path => new GraphPath([.. path.Select(key => RelationAt(sql, known, key))]))];
    }

    /// <summary>No end is named: single relations, of one type or any.</summary>
    private static IReadOnlyList<GraphPath> Newest(SqlSession sql, string agentId, GraphQuery query) =>
    [
        .. sql.All(
            $"""
            {GraphRows.SelectRelations} WHERE (r.agent_id = $agent OR ($shared AND r.agent_id IS NULL)) AND ($type = '' OR r.type = $type)
            ORDER BY r.key DESC LIMIT $limit
            """,
            GraphRows.ReadRelation, agentId, query.IncludesShared, query.Relation ?? "", query.Limit).Select(relation => new GraphPath([relation])),
    ];

    /// <summary>
    /// The key of the entity with this id or name: the agent's own before a shared one. Null when it sees none; whoever relates what is
    /// shared sees no agent's own.
    /// </summary>
    private static long? Resolve(SqlSession sql, string? agentId, string named, bool includesShared) =>
        sql.Number(
            $"SELECT e.key FROM knowledge_entities e WHERE e.id = $id AND {VisibleEntity}", named, agentId, includesShared)
        ?? sql.Number(
            $"SELECT e.key FROM knowledge_entities e WHERE e.folded_name = $name AND {VisibleEntity} ORDER BY e.agent_id IS NULL, e.key LIMIT 1",
            Folded(named), agentId, includesShared);

    private static long Put(SqlSession sql, string? owner, string type, string name, string properties, TaintLabels taint, string id, DateTimeOffset now)
    {
        const string find =
            "SELECT key FROM knowledge_entities WHERE folded_name = $name AND type = $type AND coalesce(agent_id, '') = coalesce($owner, '')";
        if (sql.Number(find, Folded(name), type, owner) is { } there)
        {
            var merged = Merged(EntityAt(sql, there).Properties, properties);
            // Properties that grow without end are a fault of whoever adds them; then only what came last is kept.
            sql.Execute(
                "UPDATE knowledge_entities SET properties = $properties, taint = taint | $taint, updated_at = $now WHERE key = $key",
                merged.Length <= MostMergedProperties ? merged : properties, (int)taint, now, there);
            return there;
        }

        sql.Execute(
            """
            INSERT INTO knowledge_entities (id, agent_id, type, name, folded_name, properties, taint, created_at, updated_at)
            VALUES ($id, $owner, $type, $name, $folded, $properties, $taint, $now, $now)
            """,
            id, owner, type, name, Folded(name), properties, (int)taint, now);
        return sql.Number(find, Folded(name), type, owner)!.Value;
    }

    private static GraphRelation Relate(
        SqlSession sql, string? owner, long from, string type, long to, string properties, double confidence, TaintLabels taint,
        string id, DateTimeOffset now)
    {
        sql.Execute(
            """
            INSERT INTO knowledge_relations (id, agent_id, source, type, target, properties, confidence, taint, created_at)
            VALUES ($id, $owner, $source, $type, $target, $properties, $confidence, $taint, $now)
            ON CONFLICT (source, type, target, coalesce(agent_id, '')) DO UPDATE SET confidence = excluded.confidence, taint = taint | excluded.taint,
                properties = iif(excluded.properties = '{}', properties, excluded.properties)
            """,
            id, owner, from, type, to, properties, confidence, (int)taint, now);
        return sql.One(
            $"{GraphRows.SelectRelations} WHERE r.source = $source AND r.type = $type AND r.target = $target AND coalesce(r.agent_id, '') = coalesce($owner, '')",
            GraphRows.ReadRelation, from, type, to, owner)!;
    }

    private static GraphEntity EntityAt(SqlSession sql, long key) =>
        sql.One($"SELECT {GraphRows.Entity} FROM knowledge_entities e WHERE e.key = $key", GraphRows.ReadEntity, key)!;

    private static GraphRelation RelationAt(SqlSession sql, Dictionary<long, GraphRelation> known, long key)
    {
        if (!known.TryGetValue(key, out var relation))
            known.Add(key, relation = sql.One($"{GraphRows.SelectRelations} WHERE r.key = $key", GraphRows.ReadRelation, key)!);
        return relation;
    }

    private static string Folded(string name) => name.Trim().ToLowerInvariant();

    private static string Merged(string old, string added)
    {
        if (added == "{}" || old == added)
            return old;
        using var before = JsonDocument.Parse(old);
        using var after = JsonDocument.Parse(added);
        var text = new ArrayBufferWriter<byte>(old.Length + added.Length);
        using (var json = new Utf8JsonWriter(text, JsonShape.WriterOptions))
        {
            json.WriteStartObject();
            foreach (var property in before.RootElement.EnumerateObject())
            {
                if (!after.RootElement.TryGetProperty(property.Name, out _))
                    property.WriteTo(json);
            }

            foreach (var property in after.RootElement.EnumerateObject())
                property.WriteTo(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}

/// <summary>A relation that is to be added; ends are names or ids, <paramref name="Properties"/> is a JSON object.</summary>
internal sealed record GraphRelationDraft(string Source, string Type, string Target, string Properties, double Confidence);

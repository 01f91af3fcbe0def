using Fangd.Protocols.Llm;
using Fangd.Server.Storage;

namespace Fangd.Server.Memory.Items;

/// <summary>The memories of agents: rows, which triggers keep in step with the word index, the vectors and the counts.</summary>
internal sealed class MemoryStore(Database database, MemorySpaces spaces, TimeProvider time, Func<string> newId)
{
    private const string Columns =
        "m.key, m.id, s.agent_id, m.content, m.source, m.scope, m.confidence, m.metadata, m.created_at, m.accessed_at, m.access_count, m.embedded, m.taint";

    private const string From = "FROM memories m JOIN memory_spaces s ON s.number = m.key >> 32 AND s.agent_id IS NOT NULL";

    /// <summary>
    /// Keeps a memory. One that says the same as another of the agent refreshes that. Null when the agent is gone.
    /// </summary>
    public async Task<KeptMemory?> Add(string agentId, NewMemory memory)
    {
        spaces.Expect(agentId);
        var (id, now) = (newId(), time.GetUtcNow());
        return await database.Write(sql => Keep(sql, agentId, memory, id, now));
    }

    /// <summary>Keeps many in one transaction; how many were new.</summary>
    public async Task<int> AddAll(string agentId, IReadOnlyList<NewMemory> memories)
    {
        spaces.Expect(agentId);
        var (ids, now) = (memories.Select(_ => newId()).ToArray(), time.GetUtcNow());
        return await database.Write(sql =>
        {
            var added = 0;
            for (var i = 0; i < ids.Length; i++)
                added += Keep(sql, agentId, memories[i], ids[i], now) is { IsNew: true } ? 1 : 0;
            return added;
        });
    }

    /// <summary>As <see cref="Add"/>, for what nobody waits for.</summary>
    public void AddLater(string agentId, NewMemory memory, Action<Exception> failed)
    {
        spaces.Expect(agentId);
        var (id, now) = (newId(), time.GetUtcNow());
        database.WriteLater(sql => Keep(sql, agentId, memory, id, now), failed);
    }

    public MemoryItem? Find(string id) => database.Read(sql => Find(sql, id));

    /// <summary>The newest first, those of one agent or of all, before the memory <paramref name="before"/>.</summary>
    public List<MemoryItem> Page(string? agentId, string? before, int limit) => database.Read(sql =>
    {
        if (agentId is null)
            // Ids grow with time.
            return sql.All($"SELECT {Columns} {From} WHERE m.id < $before ORDER BY m.id DESC LIMIT $limit", Read, before ?? "~", limit);
        if (MemorySpaces.Find(sql, agentId) is not { } space)
            return [];
        var last = before is null ? space.Range.Last : (sql.Number("SELECT key FROM memories WHERE id = $id", before) ?? space.Range.First) - 1;
        return sql.All(
            $"SELECT {Columns} {From} WHERE m.key BETWEEN $first AND $last ORDER BY m.key DESC LIMIT $limit",
            Read, space.Range.First, Math.Min(last, space.Range.Last), limit);
    });

    public MemoryCount Count(string? agentId) => database.Read(sql =>
    {
        var range = MemoryKey.All;
        long held;
        if (agentId is null)
        {
            held = MemorySpaces.HeldByAll(sql);
        }
        else
        {
            if (MemorySpaces.Find(sql, agentId) is not { } space)
                return new MemoryCount(0, 0, 0);
            (range, held) = (space.Range, space.Held);
        }

        var waiting = sql.Number("SELECT count(*) FROM memories WHERE embedded = 0 AND key BETWEEN $first AND $last", range.First, range.Last) ?? 0;
        var agents = sql.Number("SELECT count(*) FROM memory_spaces WHERE agent_id IS NOT NULL AND held > 0") ?? 0;
        return new MemoryCount(held, held - waiting, agents);
    });

    /// <summary>The number of memories alone; cheap however many there are.</summary>
    public long Held(string? agentId) => database.Read(sql => agentId is null ? MemorySpaces.HeldByAll(sql) : MemorySpaces.Find(sql, agentId)?.Held ?? 0);

    /// <summary>Null when it is not there. Throws <see cref="SqlException"/> when another of the agent's says the same.</summary>
    public Task<MemoryItem?> Change(string id, MemoryChange change)
    {
        var now = time.GetUtcNow();
        return database.Write(sql =>
        {
            if (Find(sql, id) is not { } old)
                return null;
            var content = change.Content ?? old.Content;
            var scope = change.Scope ?? old.Scope;
            if (content != old.Content || scope != old.Scope)
                sql.Execute("UPDATE memories SET digest = $digest WHERE key = $key", MemoryDigest.Of(scope, content), old.Key);
            sql.Execute(
                """
                UPDATE memories SET taint = iif(content = $content, taint, 0), content = $content, words = $words, source = $source, scope = $scope, confidence = $confidence,
                    metadata = $metadata, accessed_at = $now WHERE key = $key
                """,
                content, IndexedWords.Of(content), change.Source ?? old.Source, scope, change.Confidence ?? old.Confidence,
                change.Metadata ?? old.Metadata, now, old.Key);
            return Find(sql, id);
        });
    }

    public Task<bool> Delete(string id) => database.Write(sql =>
        sql.Execute("DELETE FROM memories WHERE id = $id AND key >> 32 IN (SELECT number FROM memory_spaces WHERE agent_id IS NOT NULL)", id) > 0);

    /// <summary>Notes that memories were of use. Nobody waits for it, and what is lost of it does no harm.</summary>
    public void Touch(IReadOnlyList<string> ids)
    {
        if (ids.Count == 0)
            return;
        var now = time.GetUtcNow();
        database.WriteLater(
            sql =>
            {
                foreach (var id in ids)
                    sql.Execute("UPDATE memories SET accessed_at = $now, access_count = access_count + 1 WHERE id = $id", now, id);
            },
            static _ => { });
    }

    public static MemoryItem? Find(SqlSession sql, string id) => sql.One($"SELECT {Columns} {From} WHERE m.id = $id", Read, id);

    public static MemoryItem? At(SqlSession sql, long key) => sql.One($"SELECT {Columns} {From} WHERE m.key = $key", Read, key);

    private static KeptMemory? Keep(SqlSession sql, string agentId, NewMemory memory, string id, DateTimeOffset now)
    {
        var digest = MemoryDigest.Of(memory.Scope, memory.Sameness ?? memory.Content);
        if (MemorySpaces.Find(sql, agentId) is { } space
            && sql.One("SELECT id FROM memories WHERE key >> 32 = $space AND digest = $digest", r => r.Text(0), space.Number, digest) is { } same)
        {
            sql.Execute(
                """
                UPDATE memories SET content = $content, words = $words, confidence = max(confidence, $confidence),
                    metadata = coalesce($metadata, metadata), taint = $taint, accessed_at = $now WHERE id = $id
                """,
                memory.Content, IndexedWords.Of(memory.Content), memory.Confidence, memory.Metadata, (int)memory.Taint, now, same);
            return new KeptMemory(Find(sql, same)!, false);
        }

        if (MemorySpaces.NextKey(sql, agentId) is not { } key)
            return null;
        sql.Execute(
            """
            INSERT INTO memories (key, id, content, words, source, scope, confidence, metadata, created_at, accessed_at, digest, taint)
            VALUES ($key, $id, $content, $words, $source, $scope, $confidence, $metadata, $created, $now, $digest, $taint)
            """,
            key, id, memory.Content, IndexedWords.Of(memory.Content), memory.Source, memory.Scope, memory.Confidence, memory.Metadata,
            memory.CreatedAt ?? now, now, digest, (int)memory.Taint);
        return new KeptMemory(At(sql, key)!, true);
    }

    private static MemoryItem Read(SqlRow r) => new(
        r.Whole(0), r.Text(1), r.Text(2), r.Text(3), r.Text(4), r.Text(5), r.Real(6), r.TextOrNull(7), r.Time(8), r.Time(9), r.Whole(10), r.Int(11) == 1, (TaintLabels)r.Int(12));
}

/// <summary>A memory that was kept, and whether it was not there before.</summary>
internal sealed record KeptMemory(MemoryItem Item, bool IsNew);

/// <summary>How many memories there are, how many of them have their vector or cannot have one, and of how many agents.</summary>
internal sealed record MemoryCount(long Held, long Embedded, long Agents);

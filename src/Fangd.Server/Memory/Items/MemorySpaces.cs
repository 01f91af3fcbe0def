using System.Collections.Concurrent;
using Fangd.Server.Storage;

namespace Fangd.Server.Memory.Items;

/// <summary>
/// Which agents remember anything. Read once, when it is first asked for, and kept up to date: an agent without memories costs a
/// message one look into a dictionary and no query.
/// </summary>
internal sealed class MemorySpaces(Database database)
{
    private readonly Lock _loading = new();
    private volatile ConcurrentDictionary<string, byte>? _holders;

    /// <summary>False: surely none.</summary>
    public bool MayHold(string agentId) => Holders().ContainsKey(agentId);

    /// <summary>To be called before the agent's first memory is written.</summary>
    public void Expect(string agentId) => Holders().TryAdd(agentId, 0);

    /// <summary>The range of an agent's keys and how many memories lie in it; null where there never was one.</summary>
    public static Space? Find(SqlSession sql, string agentId) => sql.One(
        "SELECT number, held FROM memory_spaces WHERE agent_id = $agent", r => new Space(r.Whole(0), r.Whole(1)), agentId);

    /// <summary>A new key of the agent's. Null when the agent is gone.</summary>
    public static long? NextKey(SqlSession sql, string agentId)
    {
        if (sql.Execute("UPDATE memory_spaces SET last = last + 1 WHERE agent_id = $agent", agentId) == 0
            && sql.Execute("INSERT INTO memory_spaces (agent_id, last) SELECT id, 1 FROM agents WHERE id = $agent", agentId) == 0)
            return null;
        return sql.Number("SELECT number << 32 | last FROM memory_spaces WHERE agent_id = $agent", agentId);
    }

    public static long HeldByAll(SqlSession sql) => sql.Number("SELECT sum(held) FROM memory_spaces WHERE agent_id IS NOT NULL") ?? 0;

    private ConcurrentDictionary<string, byte> Holders()
    {
        if (_holders is { } loaded)
            return loaded;
        lock (_loading)
        {
            if (_holders is { } meanwhile)
                return meanwhile;
            var holders = new ConcurrentDictionary<string, byte>(StringComparer.Ordinal);
            database.Read(sql =>
            {
                sql.Each(
                    "SELECT agent_id FROM memory_spaces WHERE agent_id IS NOT NULL AND held > 0",
                    r =>
                    {
                        holders.TryAdd(r.Text(0), 0);
                        return true;
                    });
                return 0;
            });
            return _holders = holders;
        }
    }
}

/// <summary>The memories of one agent.</summary>
internal sealed record Space(long Number, long Held)
{
    public KeyRange Range => MemoryKey.RangeOf(Number);
}

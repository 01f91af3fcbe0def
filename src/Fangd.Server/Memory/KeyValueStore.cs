using Fangd.Engine.Tools.Memory;
using Fangd.Protocols.Llm;
using Fangd.Server.Storage;

namespace Fangd.Server.Memory;

/// <summary>The keys of agents, each agent's its own. Values are JSON text.</summary>
internal sealed class KeyValueStore(Database database, TimeProvider time) : IKeyValueStore
{
    public ValueTask<KeptValue?> Get(string agentId, string key, CancellationToken cancellation) => ValueTask.FromResult(database.Read(sql => sql.One(
        "SELECT value, taint FROM memory_kv WHERE agent_id = $agent AND key = $key", r => new KeptValue(r.Text(0), (TaintLabels)r.Int(1)), agentId, key)));

    /// <summary>What the owner sets is not tainted.</summary>
    public ValueTask Set(string agentId, string key, string valueJson, CancellationToken cancellation) => Set(agentId, key, valueJson, TaintLabels.None, cancellation);

    public async ValueTask Set(string agentId, string key, string valueJson, TaintLabels taint, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await database.Write(sql => sql.Execute(
            """
            INSERT INTO memory_kv (agent_id, key, value, taint, updated_at) VALUES ($agent, $key, $value, $taint, $now)
            ON CONFLICT (agent_id, key) DO UPDATE SET value = excluded.value, taint = excluded.taint, version = version + 1, updated_at = excluded.updated_at
            """,
            agentId, key, valueJson, (int)taint, now));
    }

    public IReadOnlyList<string> Keys(string agentId, string prefix, Func<string, bool> isWanted, int limit) => database.Read(sql =>
    {
        var keys = new List<string>();
        sql.Each(
            "SELECT key FROM memory_kv WHERE agent_id = $agent AND key >= $prefix ORDER BY key",
            r =>
            {
                var key = r.Text(0);
                var begins = key.StartsWith(prefix, StringComparison.Ordinal);
                if (begins && isWanted(key))
                    keys.Add(key);
                return begins && keys.Count < limit;
            },
            agentId, prefix);
        return keys;
    });

    public string? Find(string agentId, string key) => database.Read(sql => sql.One(
        "SELECT value FROM memory_kv WHERE agent_id = $agent AND key = $key", r => r.Text(0), agentId, key));

    /// <summary>Pairs in the order of their keys, after <paramref name="after"/>.</summary>
    public List<(string Key, byte[] Value)> Page(string agentId, string after, int limit) => database.Read(sql => sql.All(
        "SELECT key, value FROM memory_kv WHERE agent_id = $agent AND key > $after ORDER BY key LIMIT $limit",
        r => (r.Text(0), r.Bytes(1).ToArray()),
        agentId, after, limit));

    public Task<bool> Delete(string agentId, string key) => database.Write(sql => sql.Execute(
        "DELETE FROM memory_kv WHERE agent_id = $agent AND key = $key", agentId, key) > 0);
}

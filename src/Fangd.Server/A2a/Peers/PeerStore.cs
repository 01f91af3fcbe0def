using Fangd.Server.Http;
using Fangd.Server.Storage;

namespace Fangd.Server.A2a.Peers;

/// <summary>The rows of agents elsewhere, and which of them has which task of ours.</summary>
internal sealed class PeerStore(Database database, TimeProvider time, Func<string> newId)
{
    private const int Most = 1000;

    /// <summary>Newest tasks whose owners are remembered.</summary>
    private const int MostSent = 1000;

    private const string Columns = "id, url, name, card, approved";

    public Peer? Find(string id) => database.Read(sql => sql.One($"SELECT {Columns} FROM a2a_peers WHERE id = $id", Read, id));

    public Peer? OfUrl(string url) => database.Read(sql => sql.One($"SELECT {Columns} FROM a2a_peers WHERE url = $url", Read, url));

    /// <summary>The one of this name that was there first, approved ones before others.</summary>
    public Peer? Named(string name) => database.Read(sql => sql.One(
        $"SELECT {Columns} FROM a2a_peers WHERE name = $name ORDER BY approved DESC, created_at LIMIT 1", Read, name));

    public List<Peer> All() => database.Read(sql => sql.All($"SELECT {Columns} FROM a2a_peers ORDER BY created_at, id", Read));

    /// <summary>Adds it, or takes over what has changed; an approval stays. Without a card the one that is there stays.</summary>
    public Task<Peer> Keep(string url, string name, string? card, bool approve)
    {
        var (id, now) = (newId(), time.GetUtcNow());
        return database.Write(sql =>
        {
            sql.Execute(
                """
                INSERT INTO a2a_peers (id, url, name, card, approved, created_at)
                SELECT $id, $url, $name, $card, $approved, $now
                WHERE (SELECT count(*) FROM a2a_peers) < $most OR EXISTS (SELECT 1 FROM a2a_peers WHERE url = $url)
                ON CONFLICT (url) DO UPDATE SET name = excluded.name, card = coalesce(excluded.card, card), approved = max(approved, excluded.approved)
                """,
                id, url, name, card, approve, now, Most);
            return sql.One($"SELECT {Columns} FROM a2a_peers WHERE url = $url", Read, url)
                ?? throw ApiException.Conflict($"{Most} external agents are known already: delete one first");
        });
    }

    public Task<bool> Approve(string id) => database.Write(sql => sql.Execute("UPDATE a2a_peers SET approved = 1 WHERE id = $id", id) > 0);

    public Task<bool> Delete(string id) => database.Write(sql => sql.Execute("DELETE FROM a2a_peers WHERE id = $id", id) > 0);

    public Task Sent(string taskId, string peerId) => database.Write(sql =>
    {
        sql.Execute("INSERT INTO a2a_sent (task_id, peer_id) SELECT $task, id FROM a2a_peers WHERE id = $peer ON CONFLICT DO NOTHING", taskId, peerId);
        sql.Execute("DELETE FROM a2a_sent WHERE seq <= (SELECT max(seq) FROM a2a_sent) - $most", MostSent);
    });

    /// <summary>Who has the task, or null.</summary>
    public Peer? OwnerOf(string taskId) => database.Read(sql => sql.One(
        "SELECT p.id, p.url, p.name, p.card, p.approved FROM a2a_sent s JOIN a2a_peers p ON p.id = s.peer_id WHERE s.task_id = $task ORDER BY s.seq DESC LIMIT 1", Read, taskId));

    private static Peer Read(SqlRow r) => new(r.Text(0), r.Text(1), r.Text(2), r.TextOrNull(3), r.Flag(4));
}

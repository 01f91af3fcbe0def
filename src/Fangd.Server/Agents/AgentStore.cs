using Fangd.Engine.Agents;
using Fangd.Server.Sessions;
using Fangd.Server.Storage;

namespace Fangd.Server.Agents;

/// <summary>The rows of agents.</summary>
internal sealed class AgentStore(Database database)
{
    public List<Agent> Load(Func<string, AgentManifest> parse) => database.Read(sql => sql.All(
        """
        SELECT a.id, a.name, a.provider, a.model, a.profile, a.description, a.mode, a.state, a.parent_id, a.created_at, a.updated_at, s.key, s.id
        FROM agents a JOIN sessions s ON s.key = a.active_session
        """,
        r => new Agent(
            r.Text(0),
            r.Time(9),
            r.TextOrNull(8),
            new AgentSummary
            {
                Name = r.Text(1),
                Provider = r.Text(2),
                Model = r.Text(3),
                Profile = r.TextOrNull(4),
                Description = r.Text(5),
                Mode = r.Text(6),
                State = r.Text(7),
                UpdatedAt = r.Time(10),
            },
            new SessionRef(r.Whole(11), r.Text(12)),
            parse)));

    public string? ManifestText(string id) => database.Read(sql => sql.One("SELECT manifest FROM agents WHERE id = $id", r => r.Text(0), id));

    /// <summary>What agent.toml looked like when it was last read or written, by agent id.</summary>
    public Dictionary<string, FileStamp> FileStamps() => database.Read(sql =>
    {
        var stamps = new Dictionary<string, FileStamp>(StringComparer.Ordinal);
        sql.Each(
            "SELECT id, file_modified, file_size FROM agents",
            r =>
            {
                stamps.Add(r.Text(0), new FileStamp(r.Whole(1), r.Whole(2)));
                return true;
            });
        return stamps;
    });

    /// <summary>The agent and its first session in one transaction. Throws <see cref="SqlException"/> for a name that is taken.</summary>
    public Task<SessionRef> Insert(AgentBirth birth, AgentSummary summary, string sessionId) => database.Write(sql =>
    {
        sql.Execute(
            """
            INSERT INTO agents (id, name, manifest, provider, model, profile, description, mode, state, parent_id, active_session,
                created_at, updated_at, file_modified, file_size, request_key, request_hash)
            VALUES ($id, $name, $manifest, $provider, $model, $profile, $description, $mode, $state, $parent, 0, $now, $now, $modified, $size,
                $key, $hash)
            """,
            birth.Id, summary.Name, birth.Manifest, summary.Provider, summary.Model, summary.Profile, summary.Description, summary.Mode, summary.State,
            birth.ParentId, summary.UpdatedAt, birth.Stamp.Modified, birth.Stamp.Size, birth.Request?.Key, birth.Request?.Hash);
        return SessionStore.Insert(sql, sessionId, birth.Id, null, "chat", summary.UpdatedAt, activate: true);
    });

    /// <summary>The agent that a request with this key made, and the hash of that request.</summary>
    public (string AgentId, string Hash)? OfRequest(string key) => database.Read(sql => sql.One(
        "SELECT id, request_hash FROM agents WHERE request_key = $key", r => Tuple.Create(r.Text(0), r.Text(1)), key)) is { } found
        ? (found.Item1, found.Item2)
        : null;

    public Task Update(string id, string manifest, AgentSummary summary, FileStamp stamp) => database.Write(sql => sql.Execute(
        """
        UPDATE agents SET name = $name, manifest = $manifest, provider = $provider, model = $model, profile = $profile,
            description = $description, updated_at = $now, file_modified = $modified, file_size = $size WHERE id = $id
        """,
        summary.Name, manifest, summary.Provider, summary.Model, summary.Profile, summary.Description, summary.UpdatedAt, stamp.Modified, stamp.Size, id));

    public Task SetMode(string id, string mode, DateTimeOffset now) => database.Write(sql =>
        sql.Execute("UPDATE agents SET mode = $mode, updated_at = $now WHERE id = $id", mode, now, id));

    public Task Delete(string id) => database.Write(sql => sql.Execute("DELETE FROM agents WHERE id = $id", id));
}

/// <summary>Modification time (Unix nanoseconds as far as the file system tells) and size of a file; all zero for none.</summary>
internal readonly record struct FileStamp(long Modified, long Size)
{
    public static FileStamp Of(string path) => new FileInfo(path) is { Exists: true } file
        ? new FileStamp(file.LastWriteTimeUtc.Ticks, file.Length)
        : default;
}

/// <summary>What a new agent begins with.</summary>
internal sealed record AgentBirth(string Id, string Manifest, string? ParentId, FileStamp Stamp, SpawnKey? Request);

/// <summary>An <c>Idempotency-Key</c> and the hash of the body it came with.</summary>
internal sealed record SpawnKey(string Key, string Hash);

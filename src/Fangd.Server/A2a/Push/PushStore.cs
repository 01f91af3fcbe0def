using Fangd.Protocols.A2a;
using Fangd.Server.Storage;

namespace Fangd.Server.A2a.Push;

/// <summary>The push notification configs of tasks; they go with their task. Tokens are sealed.</summary>
internal sealed class PushStore(Database database, PushSeal seal)
{
    /// <summary>Most configs a task.</summary>
    private const int Most = 16;

    private const string Columns = "task_id, id, url, token, auth_scheme, auth_credentials, version";

    /// <summary>Adds or replaces one.</summary>
    public async Task Set(PushConfig config)
    {
        var token = await seal.Close(config.Token, $"{config.TaskId}/{config.Id}/token");
        var credentials = await seal.Close(config.Credentials, $"{config.TaskId}/{config.Id}/credentials");
        var isStored = await database.Write(sql =>
        {
            var others = sql.Number("SELECT count(*) FROM a2a_push WHERE task_id = $task AND id <> $id", config.TaskId, config.Id);
            return others < Most && sql.Execute(
                """
                INSERT INTO a2a_push (task_id, id, url, token, auth_scheme, auth_credentials, version)
                SELECT $task, $id, $url, $token, $scheme, $credentials, $version WHERE EXISTS (SELECT 1 FROM a2a_tasks WHERE id = $task)
                ON CONFLICT (task_id, id) DO UPDATE SET url = excluded.url, token = excluded.token, auth_scheme = excluded.auth_scheme,
                    auth_credentials = excluded.auth_credentials, version = excluded.version
                """,
                config.TaskId, config.Id, config.Url, token, config.Scheme, credentials, config.Version == A2aVersion.V10 ? "1.0" : "0.3") > 0;
        });
        if (!isStored)
            throw A2aFault.Params($"a task takes at most {Most} push notification configs");
    }

    public List<PushConfig> Of(string taskId) => database.Read(sql => sql.All($"SELECT {Columns} FROM a2a_push WHERE task_id = $task ORDER BY id", Read, taskId));

    public PushConfig? Find(string taskId, string id) => database.Read(sql => sql.One($"SELECT {Columns} FROM a2a_push WHERE task_id = $task AND id = $id", Read, taskId, id));

    public Task<bool> Delete(string taskId, string id) => database.Write(sql => sql.Execute("DELETE FROM a2a_push WHERE task_id = $task AND id = $id", taskId, id) > 0);

    private PushConfig Read(SqlRow r) => new()
    {
        TaskId = r.Text(0),
        Id = r.Text(1),
        Url = r.Text(2),
        Token = seal.Open(r.TextOrNull(3), $"{r.Text(0)}/{r.Text(1)}/token"),
        Scheme = r.TextOrNull(4),
        Credentials = seal.Open(r.TextOrNull(5), $"{r.Text(0)}/{r.Text(1)}/credentials"),
        Version = r.Text(6) == "1.0" ? A2aVersion.V10 : A2aVersion.V03,
    };
}

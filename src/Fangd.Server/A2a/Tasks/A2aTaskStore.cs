using System.Buffers;
using System.Text;
using System.Text.Json;
using Fangd.Protocols.A2a;
using Fangd.Server.A2a.Push;
using Fangd.Server.Http;
using Fangd.Server.Storage;

namespace Fangd.Server.A2a.Tasks;

/// <summary>The rows of tasks. Of those that have ended the newest <see cref="MostFinished"/> are kept.</summary>
internal sealed class A2aTaskStore(Database database, TimeProvider time)
{
    public const int MostFinished = 1000;

    private const string Columns = "seq, id, agent_id, context_id, state, message, answer, note, created_at, changed_at, finished_at";

    /// <summary>False when the id is taken or the agent has just gone.</summary>
    public async Task<bool> Add(StoredTask task)
    {
        var message = Json(task.Message);
        try
        {
            return await database.Write(sql => sql.Execute(
                """
                INSERT INTO a2a_tasks (id, agent_id, context_id, state, message, created_at, changed_at)
                SELECT $id, $agent, $context, $state, $message, $created, $changed WHERE EXISTS (SELECT 1 FROM agents WHERE id = $agent)
                """,
                task.Id, task.AgentId, task.ContextId, Word(task.State), message, task.CreatedAt, task.ChangedAt) > 0);
        }
        catch (SqlException taken) when (taken.IsUniqueViolation)
        {
            return false;
        }
    }

    /// <summary>Takes back a task that could not begin.</summary>
    public Task Remove(string id) => database.Write(sql => sql.Execute("DELETE FROM a2a_tasks WHERE id = $id", id));

    /// <summary>Stores state, answer and note of a task; one that has ended may push out the oldest that have.</summary>
    public Task Update(StoredTask task) => database.Write(sql => Update(sql, task));

    /// <summary>As <see cref="Update(StoredTask)"/>, and notes in the same commit that webhooks are to be told.</summary>
    public Task Announce(StoredTask task) => database.Write(sql =>
    {
        PushOutbox.Note(sql, task.Id, Word(task.State), task.ChangedAt);
        Update(sql, task);
    });

    public StoredTask? Find(string id) => database.Read(sql => sql.One($"SELECT {Columns} FROM a2a_tasks WHERE id = $id", r => Read(r).Task, id));

    /// <summary>The last change first.</summary>
    public List<(TaskCursor At, StoredTask Task)> Page(TaskFilter filter, TaskCursor after, int limit) => database.Read(sql => sql.All(
        $"""
        SELECT {Columns} FROM a2a_tasks
        WHERE ($agent IS NULL OR agent_id = $agent) AND ($context IS NULL OR context_id = $context) AND ($state IS NULL OR state = $state)
            AND changed_at >= $since AND changed_at <= $at AND (changed_at < $at OR seq < $seq)
        ORDER BY changed_at DESC, seq DESC LIMIT $limit
        """,
        Read,
        filter.AgentId, filter.ContextId, filter.State is { } state ? Word(state) : null, filter.ChangedSince, after.ChangedAt, after.Seq, limit));

    public long Count(TaskFilter filter) => database.Read(sql => sql.Number(
        """
        SELECT count(*) FROM a2a_tasks
        WHERE ($agent IS NULL OR agent_id = $agent) AND ($context IS NULL OR context_id = $context) AND ($state IS NULL OR state = $state)
            AND changed_at >= $since
        """,
        filter.AgentId, filter.ContextId, filter.State is { } state ? Word(state) : null, filter.ChangedSince))!.Value;

    /// <summary>The agent of the newest task of a context, or null.</summary>
    public string? AgentOfContext(string contextId) => database.Read(sql => sql.One(
        "SELECT agent_id FROM a2a_tasks WHERE context_id = $context ORDER BY seq DESC LIMIT 1", r => r.Text(0), contextId));

    /// <summary>At start: what is under way by its row died with the last process, and has failed.</summary>
    public async Task MarkInterrupted()
    {
        var open = database.Read(sql => sql.All($"SELECT {Columns} FROM a2a_tasks WHERE finished_at IS NULL", r => Read(r).Task));
        if (open.Count == 0)
            return;
        var now = time.GetUtcNow();
        var failed = open.ConvertAll(task => task with { State = A2aState.Failed, Note = "the daemon stopped while the task was under way", ChangedAt = now, FinishedAt = now });
        await database.Write(sql =>
        {
            foreach (var task in failed)
            {
                sql.Execute(
                    "UPDATE a2a_tasks SET state = $state, note = $note, changed_at = $now, finished_at = $now WHERE id = $id",
                    Word(task.State), task.Note, now, task.Id);
                PushOutbox.Note(sql, task.Id, Word(task.State), now);
            }

            Trim(sql);
        });
    }

    private static void Update(SqlSession sql, StoredTask task)
    {
        sql.Execute(
            "UPDATE a2a_tasks SET state = $state, answer = $answer, note = $note, changed_at = $changed, finished_at = $finished WHERE id = $id",
            Word(task.State), task.Answer, task.Note, task.ChangedAt, task.FinishedAt?.ToUnixTimeMilliseconds(), task.Id);
        if (task.FinishedAt is not null)
            Trim(sql);
    }

    /// <summary>A walk over the kept ones' index: its length is fixed, whatever was there before.</summary>
    private static void Trim(SqlSession sql) => sql.Execute(
        """
        DELETE FROM a2a_tasks WHERE seq IN (
            SELECT seq FROM a2a_tasks WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, seq DESC LIMIT -1 OFFSET $most)
        """,
        MostFinished);

    private static string Word(A2aState state) => state.Word(A2aVersion.V03);

    private static (TaskCursor At, StoredTask Task) Read(SqlRow r)
    {
        using var message = JsonDocument.Parse(r.Text(5));
        return (
            new TaskCursor(r.Whole(9), r.Whole(0)),
            new StoredTask
            {
                Id = r.Text(1),
                AgentId = r.Text(2),
                ContextId = r.Text(3),
                State = A2aStates.Read(r.Text(4)) ?? A2aState.Unknown,
                Message = A2aReader.Message(message.RootElement),
                Answer = r.TextOrNull(6),
                Note = r.TextOrNull(7),
                CreatedAt = r.Time(8),
                ChangedAt = r.Time(9),
                FinishedAt = r.TimeOrNull(10),
            });
    }

    private static string Json(A2aMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, JsonShape.WriterOptions))
            new A2aWriter(json, A2aVersion.V10).Message(message);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}

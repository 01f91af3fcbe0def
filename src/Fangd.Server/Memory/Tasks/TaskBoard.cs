using Fangd.Engine.Memory;
using Fangd.Protocols.Llm;
using Fangd.Server.Agents;
using Fangd.Server.Health;
using Fangd.Server.Storage;

namespace Fangd.Server.Memory.Tasks;

/// <summary>
/// The board's rows. There is one writer, so whoever claims sees every claim before its own. What a killed agent had claimed is pending
/// again (a trigger on agents).
/// </summary>
internal sealed class TaskBoard(Database database, AgentRegistry registry, TimeProvider time, Func<string> newId) : ITaskBoard, IHousework
{
    /// <summary>Most tasks that are not completed: agents that post in a loop must not fill the disk.</summary>
    private const int MostOpen = 10_000;

    private const int Batch = 500;

    /// <summary>How long a completed task and its result can be looked up.</summary>
    private static readonly TimeSpan CompletedKept = TimeSpan.FromDays(30);

    private const string Columns = "id, title, description, status, posted_by, assigned_to, claimed_by, result, created_at, taint";

    public async ValueTask<BoardAnswer> Post(string agentId, string title, string description, string? assignedTo, TaintLabels taint)
    {
        Agent? assigned = null;
        if (assignedTo is not null && (assigned = registry.ByIdOrName(assignedTo)) is null)
            return new BoardAnswer(null, $"There is no agent \"{assignedTo}\" to assign the task to.");
        var (id, now) = (newId(), time.GetUtcNow());
        var posted = await database.Write(sql =>
        {
            if (sql.Number("SELECT count(*) FROM tasks WHERE status IN ('pending', 'in_progress')") >= MostOpen)
                return null;
            sql.Execute(
                """
                INSERT INTO tasks (id, title, description, status, posted_by, assigned_to, created_at, taint)
                VALUES ($id, $title, $description, 'pending', (SELECT id FROM agents WHERE id = $agent), (SELECT id FROM agents WHERE id = $assigned), $now, $taint)
                """,
                id, title, description, agentId, assigned?.Id, now, (int)taint);
            return Find(sql, id);
        });
        return posted is null ? new BoardAnswer(null, $"The board is full: {MostOpen} tasks wait to be completed.") : new BoardAnswer(posted, null);
    }

    public async ValueTask<BoardTask?> Claim(string agentId)
    {
        var now = time.GetUtcNow();
        return await database.Write(sql =>
        {
            // Ids grow with time, so the oldest comes first.
            var id = sql.One("SELECT id FROM tasks WHERE assigned_to = $agent AND status = 'pending' ORDER BY id LIMIT 1", r => r.Text(0), agentId)
                ?? sql.One("SELECT id FROM tasks WHERE status = 'pending' AND assigned_to IS NULL ORDER BY id LIMIT 1", r => r.Text(0));
            if (id is null)
                return null;
            sql.Execute("UPDATE tasks SET status = 'in_progress', claimed_by = $agent, claimed_at = $now WHERE id = $id", agentId, now, id);
            return Find(sql, id);
        });
    }

    public async ValueTask<BoardAnswer> Complete(string agentId, string taskId, string result, TaintLabels taint)
    {
        var now = time.GetUtcNow();
        return await database.Write(sql =>
        {
            if (Find(sql, taskId) is not { } task)
                return new BoardAnswer(null, "There is no task with this id; task_list shows those there are.");
            var refusal = task switch
            {
                { Status: BoardStatus.Completed } => "The task is completed already.",
                { Status: BoardStatus.InProgress } when task.ClaimedBy != agentId => "Another agent has claimed the task.",
                { AssignedTo: { } other } when other != agentId => "The task is assigned to another agent.",
                _ => null,
            };
            if (refusal is not null)
                return new BoardAnswer(null, refusal);
            sql.Execute(
                "UPDATE tasks SET status = 'completed', claimed_by = $agent, result = $result, taint = taint | $taint, completed_at = $now WHERE id = $id",
                agentId, result, (int)taint, now, taskId);
            return new BoardAnswer(Find(sql, taskId), null);
        });
    }

    public BoardTask? Find(string taskId) => database.Read(sql => Find(sql, taskId));

    public IReadOnlyList<BoardTask> List(BoardStatus? status, int limit) => database.Read(sql => status is { } one
        ? sql.All($"SELECT {Columns} FROM tasks WHERE status = $status ORDER BY id DESC LIMIT $limit", Read, one.Word(), limit)
        : sql.All($"SELECT {Columns} FROM tasks ORDER BY id DESC LIMIT $limit", Read, limit));

    public async Task Tidy(CancellationToken stopping)
    {
        var before = time.GetUtcNow() - CompletedKept;
        while (!stopping.IsCancellationRequested && await database.Write(sql => sql.Execute(
            "DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE status = 'completed' AND completed_at < $before ORDER BY id LIMIT $batch)", before, Batch)) == Batch)
        {
        }
    }

    private static BoardTask? Find(SqlSession sql, string id) => sql.One($"SELECT {Columns} FROM tasks WHERE id = $id", Read, id);

    private static BoardTask Read(SqlRow r) => new()
    {
        Id = r.Text(0),
        Title = r.Text(1),
        Description = r.Text(2),
        Status = BoardStatuses.Find(r.Text(3)) ?? BoardStatus.Pending,
        PostedBy = r.TextOrNull(4),
        AssignedTo = r.TextOrNull(5),
        ClaimedBy = r.TextOrNull(6),
        Result = r.TextOrNull(7),
        CreatedAt = r.Time(8),
        Taint = (TaintLabels)r.Int(9),
    };
}

using Fangd.Server.Storage;

namespace Fangd.Server.A2a.Push;

/// <summary>A change that a webhook is to be told of: the task went into the state, in the words of 0.3.</summary>
internal sealed record PushDelivery(long Seq, string TaskId, string ConfigId, string State, DateTimeOffset At, int Attempts);

/// <summary>The rows of what is still to be told. They are written with the change itself, so that neither is there without the other.</summary>
internal sealed class PushOutbox(Database database)
{
    public const int Lanes = 4;

    /// <summary>Most rows. What comes when there are so many is not told: webhooks are dead or slow then, and their clients can ask for the task.</summary>
    private const int Most = 4096;

    /// <summary>Notes for all who want to hear of the task that it changed; inside the transaction of the change.</summary>
    public static void Note(SqlSession sql, string taskId, string state, DateTimeOffset at) => sql.Execute(
        """
        INSERT INTO a2a_outbox (task_id, config_id, lane, state, at)
        SELECT p.task_id, p.id, t.seq % $lanes, $state, $at FROM a2a_push p JOIN a2a_tasks t ON t.id = p.task_id WHERE p.task_id = $task
            AND (SELECT count(*) FROM a2a_outbox) < $most
        """,
        Lanes, state, at, taskId, Most);

    public bool IsEmpty => database.Read(sql => sql.Number("SELECT count(*) FROM (SELECT 1 FROM a2a_outbox LIMIT 1)")) == 0;

    /// <summary>The oldest of a lane, or null.</summary>
    public PushDelivery? Next(int lane) => database.Read(sql => sql.One(
        "SELECT seq, task_id, config_id, state, at, attempts FROM a2a_outbox WHERE lane = $lane ORDER BY seq LIMIT 1",
        r => new PushDelivery(r.Whole(0), r.Text(1), r.Text(2), r.Text(3), r.Time(4), (int)r.Whole(5)),
        lane));

    public Task Failed(long seq) => database.Write(sql => sql.Execute("UPDATE a2a_outbox SET attempts = attempts + 1 WHERE seq = $seq", seq));

    public Task Delete(long seq) => database.Write(sql => sql.Execute("DELETE FROM a2a_outbox WHERE seq = $seq", seq));
}

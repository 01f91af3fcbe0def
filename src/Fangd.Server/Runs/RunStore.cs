using Fangd.Engine.Turns;
using Fangd.Server.Storage;

namespace Fangd.Server.Runs;

/// <summary>The rows of runs: what was in flight when the daemon died, and what each run used.</summary>
internal sealed class RunStore(Database database, TimeProvider time)
{
    /// <summary>Within a transaction of the caller: the run's row and its first messages are durable together.</summary>
    public static void Begin(SqlSession sql, Run run, DateTimeOffset now) => sql.Execute(
        "INSERT INTO runs (id, agent_id, session_key, origin, state, started_at) VALUES ($id, $agent, $session, $origin, 'running', $now)",
        run.Id, run.AgentId, run.Session?.Key, run.Request.Origin, now);

    public void Finish(Run run, TurnResult result, Action<Exception> failed) => Close(
        run, failed, "completed", result.Model, result.Usage.Input, result.Usage.Output, result.Iterations, result.CostUsd, null);

    public void Fail(Run run, TurnException failure, Action<Exception> failed) => Close(
        run,
        failed,
        failure.Fault == RunFault.Cancelled ? "cancelled" : "failed",
        null, failure.Usage.Input, failure.Usage.Output, failure.Iterations, failure.CostUsd, failure.Message);

    /// <summary>At start: what is still marked as running died with the last process. The number of such runs.</summary>
    public Task<int> MarkInterrupted()
    {
        var now = time.GetUtcNow();
        return database.Write(sql => sql.Execute(
            "UPDATE runs SET state = 'interrupted', finished_at = $now, error = 'the daemon stopped during the run' WHERE state = 'running'", now));
    }

    /// <summary>What the runs of a session used in all, those that have just ended included.</summary>
    public async Task<RunTotals> OfSession(long sessionKey)
    {
        // The ends of runs go with the next transaction: this one.
        await database.Write(static _ => { });
        return database.Read(sql => sql.One(
            "SELECT count(*), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(cost_usd), 0) FROM runs WHERE session_key = $key",
            r => new RunTotals(r.Whole(0), r.Whole(1), r.Whole(2), r.Real(3)),
            sessionKey))!;
    }

    /// <summary>Drops rows of runs that ended before <paramref name="before"/>; at most <paramref name="most"/> at a time.</summary>
    public Task<int> Prune(DateTimeOffset before, int most) => database.Write(sql => sql.Execute(
        "DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE started_at < $before AND state <> 'running' LIMIT $most)", before, most));

    private void Close(Run run, Action<Exception> failed, string state, string? model, int input, int output, int iterations, double cost, string? error)
    {
        var now = time.GetUtcNow();
        database.WriteLater(
            sql => sql.Execute(
                """
                UPDATE runs SET state = $state, finished_at = $now, model = $model, input_tokens = $input, output_tokens = $output,
                    iterations = $iterations, cost_usd = $cost, error = $error WHERE id = $id
                """,
                state, now, model, input, output, iterations, cost, error, run.Id),
            failed);
    }
}

/// <summary>Sums over runs.</summary>
internal sealed record RunTotals(long Runs, long Input, long Output, double CostUsd);

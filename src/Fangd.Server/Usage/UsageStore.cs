using Fangd.Server.Models;
using Fangd.Server.Storage;

namespace Fangd.Server.Usage;

/// <summary>
/// The rows of model calls and their sums. A call is one row; the sums it counts into are brought up to it later, for hundreds of calls by
/// one statement, and until then its row is read with them. A query reads sums and a short tail, so that it stays small however much was called.
/// </summary>
internal sealed class UsageStore(Database database)
{
    /// <summary>Within a transaction of the caller.</summary>
    public static void Insert(SqlSession sql, UsageRow row)
    {
        var usage = row.Usage;
        sql.Execute(
            """
            INSERT INTO usage_calls (at, agent_id, session_id, run_id, provider, model, input_tokens, output_tokens, cached_tokens,
                reasoning_tokens, cost_usd, price, latency_ms, outcome)
            VALUES ($at, $agent, $session, $run, $provider, $model, $input, $output, $cached, $reasoning, $cost, $price, $latency, $outcome)
            """,
            row.At, row.AgentId, row.SessionId, row.RunId, row.Provider, row.Model, usage.Input, usage.Output, usage.CachedInput, usage.Reasoning,
            row.CostUsd, Word(row.Price), row.LatencyMs, Word(row.Outcome));
    }

    /// <summary>Within a transaction of the caller: adds the calls that came since the last time to their sums.</summary>
    public static void RollUp(SqlSession sql)
    {
        // "WHERE true": without it SQLite's parser takes ON for a join's.
        sql.Execute(
            """
            INSERT INTO usage_sums (kind, bucket, provider, name, calls, failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_usd)
            SELECT kind, bucket, provider, name, sum(calls), sum(failed), sum(input_tokens), sum(output_tokens), sum(cached_tokens),
                sum(reasoning_tokens), sum(cost_usd)
            FROM usage_tail WHERE true GROUP BY kind, bucket, provider, name
            ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, failed = failed + excluded.failed, input_tokens = input_tokens + excluded.input_tokens,
                output_tokens = output_tokens + excluded.output_tokens, cached_tokens = cached_tokens + excluded.cached_tokens,
                reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens, cost_usd = cost_usd + excluded.cost_usd
            """);
        sql.Execute("UPDATE usage_rolled_up SET call_id = coalesce((SELECT max(id) FROM usage_calls), call_id)");
    }

    /// <summary>Everything since a bucket; <paramref name="kind"/> is <c>model-hour</c>, <c>model-day</c> or <c>model-month</c>.</summary>
    public UsageSum Total(string kind, long from) => database.Read(sql => sql.One(
        $"SELECT {Sums} FROM usage WHERE kind = $kind AND bucket >= $from", r => Sum(r, 0), kind, from))!;

    /// <summary>How many agents called a model since a bucket; <paramref name="kind"/> is <c>agent-hour</c> or <c>agent-day</c>.</summary>
    public long ActiveAgents(string kind, long from) => database.Read(sql => sql.Number(
        "SELECT count(DISTINCT name) FROM usage WHERE kind = $kind AND bucket >= $from AND name <> ''", kind, from)) ?? 0;

    public List<(string Provider, string Model, UsageSum Sum)> ByModel(string kind, long from) => database.Read(sql => sql.All(
        $"""
        SELECT provider, name, {Sums} FROM usage WHERE kind = $kind AND bucket >= $from GROUP BY provider, name
        ORDER BY sum(cost_usd) DESC, sum(calls) DESC, provider, name
        """,
        r => (r.Text(0), r.Text(1), Sum(r, 2)),
        kind, from));

    /// <summary>By day, oldest first; days without calls are not there.</summary>
    public List<(long Day, UsageSum Sum)> Daily(long from) => database.Read(sql => sql.All(
        $"SELECT bucket, {Sums} FROM usage WHERE kind = 'model-day' AND bucket >= $from GROUP BY bucket ORDER BY bucket",
        r => (r.Whole(0), Sum(r, 1)),
        from));

    /// <summary>By agent id, in one bucket.</summary>
    public List<(string AgentId, UsageSum Sum)> ByAgent(string kind, long bucket) => database.Read(sql => sql.All(
        $"SELECT name, {Sums} FROM usage WHERE kind = $kind AND bucket = $bucket GROUP BY name", r => (r.Text(0), Sum(r, 1)), kind, bucket));

    /// <summary>What each agent has cost in all, by id.</summary>
    public Dictionary<string, double> CostByAgent() => database.Read(sql =>
    {
        var costs = new Dictionary<string, double>(StringComparer.Ordinal);
        sql.Each(
            "SELECT name, sum(cost_usd) FROM usage WHERE kind = 'agent-month' GROUP BY name",
            r =>
            {
                costs.Add(r.Text(0), r.Real(1));
                return true;
            });
        return costs;
    });

    /// <summary>Drops calls before a moment, looking at the oldest <paramref name="most"/>; how many there were.</summary>
    public Task<int> PruneCalls(DateTimeOffset before, int most) => database.Write(sql =>
    {
        RollUp(sql);
        // The newest call stays whatever its age: the next one's id is one above it, and an id given twice would count as rolled up.
        return sql.Execute(
            """
            DELETE FROM usage_calls WHERE id IN (
                SELECT id FROM (SELECT id, at FROM usage_calls ORDER BY id LIMIT $most)
                WHERE at < $before AND id < (SELECT call_id FROM usage_rolled_up))
            """,
            most, before);
    });

    /// <summary>Drops sums by the hour before a moment.</summary>
    public Task PruneHours(DateTimeOffset before) => database.Write(sql =>
    {
        var hour = UsageBuckets.Of(before).Hour;
        sql.Execute("DELETE FROM usage_sums WHERE kind = 'model-hour' AND bucket < $hour", hour);
        sql.Execute("DELETE FROM usage_sums WHERE kind = 'agent-hour' AND bucket < $hour", hour);
    });

    private const string Sums =
        "coalesce(sum(calls), 0), coalesce(sum(failed), 0), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), "
        + "coalesce(sum(cached_tokens), 0), coalesce(sum(reasoning_tokens), 0), coalesce(sum(cost_usd), 0.0)";

    private static UsageSum Sum(SqlRow row, int first) => new(
        row.Whole(first), row.Whole(first + 1), row.Whole(first + 2), row.Whole(first + 3), row.Whole(first + 4), row.Whole(first + 5), row.Real(first + 6));

    private static string Word(PriceKind price) => price switch
    {
        PriceKind.Known => "known",
        PriceKind.Free => "free",
        _ => "unknown",
    };

    private static string Word(CallOutcome outcome) => outcome switch
    {
        CallOutcome.Ok => "ok",
        CallOutcome.Failed => "failed",
        _ => "cancelled",
    };
}

using System.Globalization;
using Fangd.Engine.Turns;
using Fangd.Server.Budgets;
using Fangd.Server.Http;
using Fangd.Server.Providers;

namespace Fangd.Server.Usage;

/// <summary>What was used, by period, model and day.</summary>
internal sealed class UsageEndpoints(UsageStore store, UsageMeter meter, BudgetBook budgets, ModelResolver models, TimeProvider time)
{
    public void Map(RouteTable routes)
    {
        routes.Get("/api/usage", Total);
        routes.Get("/api/usage/summary", Summary);
        routes.Get("/api/usage/by-model", ByModel);
        routes.Get("/api/usage/daily", Daily);
    }

    private async Task Total(Exchange exchange)
    {
        var period = exchange.Query("period") is { Length: > 0 } asked ? asked : "day";
        var (grain, from) = Since(period);
        await meter.Settled();
        var sum = store.Total($"model-{grain}", from);
        await exchange.Ok(
            new UsageView(
                period,
                sum.Input,
                sum.Output,
                sum.Cached,
                sum.Reasoning,
                sum.CostUsd,
                sum.Calls,
                sum.Failed,
                store.ActiveAgents($"agent-{grain}", from)));
    }

    private async Task Summary(Exchange exchange)
    {
        await meter.Settled();
        var now = UsageBuckets.Of(time.GetUtcNow());
        var today = store.Total("model-day", now.Day);
        var hour = store.Total("model-hour", now.Hour);
        await exchange.Ok(
            new UsageSummary(
                new UsageToday(today.Input, today.Output, today.CostUsd, today.Calls),
                new UsageQuota(budgets.Limits.TokensPerHour, hour.Input + hour.Output, UsageBuckets.HourStart(now.Hour + 1))));
    }

    /// <summary>All time (from the sums by month, so that years stay cheap), or <c>?period=</c>.</summary>
    private async Task ByModel(Exchange exchange)
    {
        var (grain, from) = exchange.Query("period") is { Length: > 0 } period ? Since(period) : ("month", 0);
        await meter.Settled();
        var rows = store.ByModel($"model-{grain}", from).Select(row => new UsageModel(
            row.Model,
            row.Provider,
            row.Sum.Input,
            row.Sum.Output,
            row.Sum.Cached,
            row.Sum.Reasoning,
            row.Sum.CostUsd,
            row.Sum.Calls,
            row.Sum.Failed,
            models.Price(new ModelRef(row.Provider, row.Model)).Word));
        await exchange.Ok(new UsageModels([.. rows]));
    }

    /// <summary>The last <c>?days=</c> (30), oldest first, today included.</summary>
    private async Task Daily(Exchange exchange)
    {
        var days = exchange.QueryInt("days", 30, 1, 3660);
        await meter.Settled();
        var rows = store.Daily(UsageBuckets.Of(time.GetUtcNow()).Day - days + 1).Select(row => new UsageDay(
            UsageBuckets.DayStart(row.Day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            row.Sum.Input,
            row.Sum.Output,
            row.Sum.CostUsd,
            row.Sum.Calls));
        await exchange.Ok(new UsageDays([.. rows]));
    }

    /// <summary>The running hour or day, or the last 7 or 30 days with today.</summary>
    private (string Grain, long From) Since(string period)
    {
        var now = UsageBuckets.Of(time.GetUtcNow());
        return period switch
        {
            "hour" => ("hour", now.Hour),
            "day" => ("day", now.Day),
            "week" => ("day", now.Day - 6),
            "month" => ("day", now.Day - 29),
            _ => throw ApiException.BadRequest("period must be one of hour, day, week, month"),
        };
    }
}

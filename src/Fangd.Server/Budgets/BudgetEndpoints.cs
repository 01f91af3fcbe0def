using System.Text.Json;
using Fangd.Server.Agents;
using Fangd.Server.Http;
using Fangd.Server.Usage;
using Fangd.Toml;

namespace Fangd.Server.Budgets;

/// <summary>Limits and what is left of them, for all agents together and for each.</summary>
internal sealed class BudgetEndpoints(BudgetBook book, BudgetStore store, UsageStore usage, UsageMeter meter, AgentRegistry registry, AgentLifecycle lifecycle)
{
    // Row and memory change together.
    private readonly SemaphoreSlim _changing = new(1);

    public void Map(RouteTable routes)
    {
        routes.Get("/api/budget", Get);
        routes.Put("/api/budget", Set);
        routes.Get("/api/budget/agents", ListAgents);
        routes.Get("/api/budget/agents/{id}", GetAgent);
        routes.Put("/api/budget/agents/{id}", SetAgent);
    }

    private Task Get(Exchange exchange) => exchange.Ok(View());

    private async Task Set(Exchange exchange)
    {
        var body = await Body(exchange);
        var change = new BudgetChange(
            BudgetFields.Usd(body, "max_hourly_usd", "hourly_limit_usd"),
            BudgetFields.Usd(body, "max_daily_usd", "daily_limit_usd"),
            BudgetFields.Usd(body, "max_monthly_usd", "monthly_limit_usd"),
            BudgetFields.Share(body, "alert_threshold"),
            BudgetFields.Tokens(body, "default_max_llm_tokens_per_hour"));
        await _changing.WaitAsync(exchange.Aborted);
        try
        {
            await store.Save(change);
            book.Limits = change.Apply(book.Limits);
        }
        finally
        {
            _changing.Release();
        }

        await exchange.Ok(View());
    }

    private async Task ListAgents(Exchange exchange)
    {
        await meter.Settled();
        var totals = usage.CostByAgent();
        var items = registry.All.Select(agent => Item(agent, totals.GetValueOrDefault(agent.Id)))
            .OrderByDescending(i => i.DailyCostUsd)
            .ThenByDescending(i => i.TotalCostUsd)
            .ThenBy(i => i.Name, StringComparer.Ordinal)
            .ToList();
        await exchange.Ok(new AgentBudgetList(items, items.Count));
    }

    private Task GetAgent(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var limits = SpendLimits.Of(agent.Manifest.Resources, book.Limits.TokensPerHour);
        var spent = book.Spent(agent.Id);
        return exchange.Ok(
            new AgentBudgetView(
                agent.Id,
                agent.Name,
                Window(spent.HourUsd, limits.HourlyUsd),
                Window(spent.DayUsd, limits.DailyUsd),
                Window(spent.MonthUsd, limits.MonthlyUsd),
                new BudgetTokens(spent.HourTokens, limits.TokensPerHour, limits.TokensPerHour > 0 ? (double)spent.HourTokens / limits.TokensPerHour : 0)));
    }

    private async Task SetAgent(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var body = await Body(exchange);
        (string Field, TomlValue? Value)[] limits =
        [
            ("max_cost_per_hour_usd", Usd(BudgetFields.Usd(body, "max_cost_per_hour_usd", "hourly_limit_usd"))),
            ("max_cost_per_day_usd", Usd(BudgetFields.Usd(body, "max_cost_per_day_usd", "daily_limit_usd"))),
            ("max_cost_per_month_usd", Usd(BudgetFields.Usd(body, "max_cost_per_month_usd", "monthly_limit_usd"))),
            ("max_llm_tokens_per_hour", BudgetFields.Tokens(body, "max_llm_tokens_per_hour") is { } tokens ? new TomlInteger(tokens) : null),
        ];
        if (limits.All(l => l.Value is null))
            throw ApiException.BadRequest($"no limit is named: give at least one of {string.Join(", ", limits.Select(l => l.Field))}, daily_limit_usd, monthly_limit_usd");
        await lifecycle.Change(agent, text =>
        {
            var editor = new TomlEditor(text);
            foreach (var (field, value) in limits)
            {
                if (value is not null)
                    editor.Set(["resources", field], value);
            }

            return editor.Text;
        });
        await exchange.Ok(new BudgetChanged("ok", "Agent budget updated"));
    }

    private BudgetView View()
    {
        var (limits, spent) = (book.Limits, book.Spent(null));
        BudgetWindow hourly = Window(spent.HourUsd, limits.HourlyUsd), daily = Window(spent.DayUsd, limits.DailyUsd), monthly = Window(spent.MonthUsd, limits.MonthlyUsd);
        var most = Math.Max(hourly.Pct, Math.Max(daily.Pct, monthly.Pct));
        return new BudgetView
        {
            Hourly = hourly,
            Daily = daily,
            Monthly = monthly,
            AlertThreshold = limits.AlertThreshold,
            DefaultMaxLlmTokensPerHour = limits.TokensPerHour,
            DailyLimitUsd = limits.DailyUsd,
            MonthlyLimitUsd = limits.MonthlyUsd,
            TodaySpentUsd = spent.DayUsd,
            MonthSpentUsd = spent.MonthUsd,
            Status = most >= 1 ? "exceeded" : limits.AlertThreshold > 0 && most >= limits.AlertThreshold ? "warning" : "ok",
        };
    }

    private AgentBudgetItem Item(Agent agent, double total)
    {
        var limits = SpendLimits.Of(agent.Manifest.Resources, book.Limits.TokensPerHour);
        var today = book.Spent(agent.Id).DayUsd;
        return new AgentBudgetItem
        {
            AgentId = agent.Id,
            Name = agent.Name,
            AgentName = agent.Name,
            DailyCostUsd = today,
            TodayCostUsd = today,
            TotalCostUsd = total,
            HourlyLimit = limits.HourlyUsd,
            DailyLimit = limits.DailyUsd,
            MonthlyLimit = limits.MonthlyUsd,
            MaxLlmTokensPerHour = limits.TokensPerHour,
        };
    }

    private static BudgetWindow Window(double spent, double limit) => new(spent, limit, limit > 0 ? spent / limit : 0);

    private static TomlFloat? Usd(double? usd) => usd is { } value ? new TomlFloat(value) : null;

    private static async Task<JsonElement> Body(Exchange exchange)
    {
        var body = await exchange.ReadElement();
        return body.ValueKind == JsonValueKind.Object ? body : throw ApiException.BadRequest("the body must be a JSON object");
    }
}

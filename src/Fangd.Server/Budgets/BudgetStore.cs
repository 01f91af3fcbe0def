using System.Globalization;
using Fangd.Engine.Audit;
using Fangd.Server.Config;
using Fangd.Server.Storage;

namespace Fangd.Server.Budgets;

/// <summary>The limits that were set over the API; where none was, the configuration's count.</summary>
internal sealed class BudgetStore(Database database, BudgetConfig configured, IAuditTrail audit)
{
    public GlobalLimits Load() => database.Read(sql => sql.One(
        "SELECT hourly_usd, daily_usd, monthly_usd, alert_threshold, tokens_per_hour FROM budget_limits",
        r => new GlobalLimits(
            r.IsNull(0) ? configured.MaxHourlyUsd : r.Real(0),
            r.IsNull(1) ? configured.MaxDailyUsd : r.Real(1),
            r.IsNull(2) ? configured.MaxMonthlyUsd : r.Real(2),
            r.IsNull(3) ? configured.AlertThreshold : r.Real(3),
            r.IsNull(4) ? configured.DefaultMaxLlmTokensPerHour : r.Whole(4))))
        ?? new GlobalLimits(
            configured.MaxHourlyUsd, configured.MaxDailyUsd, configured.MaxMonthlyUsd, configured.AlertThreshold, configured.DefaultMaxLlmTokensPerHour);

    /// <summary>Keeps what a change names; null leaves what was there.</summary>
    public async Task Save(BudgetChange change)
    {
        await database.Write(sql => Save(sql, change));
        await audit.Record(new AuditEntry(AuditAction.ConfigChange, null, $"Budget of all agents changed: {change.Describe()}", "ok"));
    }

    private static void Save(SqlSession sql, BudgetChange change) => sql.Execute(
        """
        INSERT INTO budget_limits (only, hourly_usd, daily_usd, monthly_usd, alert_threshold, tokens_per_hour)
        VALUES (1, $hourly, $daily, $monthly, $threshold, $tokens)
        ON CONFLICT DO UPDATE SET hourly_usd = coalesce(excluded.hourly_usd, hourly_usd), daily_usd = coalesce(excluded.daily_usd, daily_usd),
            monthly_usd = coalesce(excluded.monthly_usd, monthly_usd), alert_threshold = coalesce(excluded.alert_threshold, alert_threshold),
            tokens_per_hour = coalesce(excluded.tokens_per_hour, tokens_per_hour)
        """,
        Real(change.HourlyUsd), Real(change.DailyUsd), Real(change.MonthlyUsd), Real(change.AlertThreshold), change.TokensPerHour);

    private static SqlValue Real(double? value) => value is { } real ? real : (string?)null;
}

/// <summary>What a request sets; null is not named.</summary>
internal sealed record BudgetChange(double? HourlyUsd, double? DailyUsd, double? MonthlyUsd, double? AlertThreshold, long? TokensPerHour)
{
    public GlobalLimits Apply(GlobalLimits limits) => new(
        HourlyUsd ?? limits.HourlyUsd,
        DailyUsd ?? limits.DailyUsd,
        MonthlyUsd ?? limits.MonthlyUsd,
        AlertThreshold ?? limits.AlertThreshold,
        TokensPerHour ?? limits.TokensPerHour);

    /// <summary>What it names, for people.</summary>
    public string Describe() => string.Join(", ", new (string Name, double? Value)[]
    {
        ("hourly_usd", HourlyUsd),
        ("daily_usd", DailyUsd),
        ("monthly_usd", MonthlyUsd),
        ("alert_threshold", AlertThreshold),
        ("tokens_per_hour", TokensPerHour),
    }.Where(limit => limit.Value is not null).Select(limit => string.Create(CultureInfo.InvariantCulture, $"{limit.Name} {limit.Value}")));
}

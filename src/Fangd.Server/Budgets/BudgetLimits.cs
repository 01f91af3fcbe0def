using Fangd.Engine.Agents;

namespace Fangd.Server.Budgets;

/// <summary>Limits of one scope: USD by calendar hour, day and month (UTC), tokens by hour. 0 is no limit.</summary>
internal readonly record struct SpendLimits(double HourlyUsd, double DailyUsd, double MonthlyUsd, long TokensPerHour)
{
    public bool Any => HourlyUsd > 0 || DailyUsd > 0 || MonthlyUsd > 0 || TokensPerHour > 0;

    /// <summary>An agent's own; <paramref name="defaultTokens"/> counts where it sets no limit of tokens.</summary>
    public static SpendLimits Of(AgentResources resources, long defaultTokens) => new(
        resources.MaxCostPerHourUsd,
        resources.MaxCostPerDayUsd,
        resources.MaxCostPerMonthUsd,
        resources.MaxLlmTokensPerHour > 0 ? resources.MaxLlmTokensPerHour : defaultTokens);
}

/// <summary>The limits of all agents together, the share of a limit from which on there is a warning, and the tokens an hour of agents that set none.</summary>
internal sealed record GlobalLimits(double HourlyUsd, double DailyUsd, double MonthlyUsd, double AlertThreshold, long TokensPerHour)
{
    /// <summary>Tokens are limited by agent only.</summary>
    public SpendLimits Spend => new(HourlyUsd, DailyUsd, MonthlyUsd, 0);
}

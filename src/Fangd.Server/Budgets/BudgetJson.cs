using Fangd.Server.Http;

namespace Fangd.Server.Budgets;

/// <summary>Spend and limit of a window; limit 0 is none, <c>pct</c> is a share (1 is all).</summary>
public sealed partial record BudgetWindow(double Spend, double Limit, double Pct) : IAnswer;

public sealed partial record BudgetTokens(long Used, long Limit, double Pct) : IAnswer;

public sealed partial record BudgetView : IAnswer
{
    public required BudgetWindow Hourly { get; init; }
    public required BudgetWindow Daily { get; init; }
    public required BudgetWindow Monthly { get; init; }
    public required double AlertThreshold { get; init; }
    public required long DefaultMaxLlmTokensPerHour { get; init; }
    public required double DailyLimitUsd { get; init; }
    public required double MonthlyLimitUsd { get; init; }
    public required double TodaySpentUsd { get; init; }
    public required double MonthSpentUsd { get; init; }

    /// <summary><c>ok</c>, <c>warning</c> or <c>exceeded</c>.</summary>
    public required string Status { get; init; }
}

public sealed partial record AgentBudgetItem : IAnswer
{
    public required string AgentId { get; init; }
    public required string Name { get; init; }
    public required string AgentName { get; init; }
    public required double DailyCostUsd { get; init; }
    public required double TodayCostUsd { get; init; }
    public required double TotalCostUsd { get; init; }
    public required double HourlyLimit { get; init; }
    public required double DailyLimit { get; init; }
    public required double MonthlyLimit { get; init; }
    public required long MaxLlmTokensPerHour { get; init; }
}

public sealed partial record AgentBudgetList(IReadOnlyList<AgentBudgetItem> Agents, int Total) : IAnswer;

public sealed partial record AgentBudgetView(string AgentId, string AgentName, BudgetWindow Hourly, BudgetWindow Daily, BudgetWindow Monthly, BudgetTokens Tokens) : IAnswer;

public sealed partial record BudgetChanged(string Status, string Message) : IAnswer;

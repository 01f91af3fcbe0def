using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fangd.Server.Budgets;

/// <summary>Spend and limit of a window; limit 0 is none, <c>pct</c> is a share (1 is all).</summary>
public sealed record BudgetWindow(double Spend, double Limit, double Pct);

public sealed record BudgetTokens(long Used, long Limit, double Pct);

public sealed record BudgetView
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

public sealed record AgentBudgetItem
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

public sealed record AgentBudgetList(IReadOnlyList<AgentBudgetItem> Agents, int Total);

public sealed record AgentBudgetView(string AgentId, string AgentName, BudgetWindow Hourly, BudgetWindow Daily, BudgetWindow Monthly, BudgetTokens Tokens);

public sealed record BudgetChanged(string Status, string Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(BudgetView))]
[JsonSerializable(typeof(AgentBudgetList))]
[JsonSerializable(typeof(AgentBudgetView))]
[JsonSerializable(typeof(BudgetChanged))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class BudgetJson : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace Fangd.Server.Usage;

public sealed record UsageView(
    string Period,
    long TotalInputTokens,
    long TotalOutputTokens,
    long TotalCachedTokens,
    long TotalReasoningTokens,
    double TotalCostUsd,
    long RequestCount,
    long FailedCount,
    long ActiveAgents);

public sealed record UsageSummary(UsageToday Today, UsageQuota Quota);

public sealed record UsageToday(long InputTokens, long OutputTokens, double CostUsd, long Requests);

/// <summary>Tokens of the current hour; a limit of 0 is none.</summary>
public sealed record UsageQuota(long HourlyTokenLimit, long HourlyTokensUsed, DateTimeOffset HourlyResetAt);

public sealed record UsageModels(IReadOnlyList<UsageModel> Models);

/// <summary>What one model was used for. With <c>pricing</c> "unknown" its cost is counted as 0 because nobody said what it costs.</summary>
public sealed record UsageModel(
    string Model,
    string Provider,
    long InputTokens,
    long OutputTokens,
    long CachedTokens,
    long ReasoningTokens,
    double CostUsd,
    long RequestCount,
    long FailedCount,
    string Pricing);

public sealed record UsageDays(IReadOnlyList<UsageDay> Daily);

public sealed record UsageDay(string Date, long InputTokens, long OutputTokens, double CostUsd, long RequestCount);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(UsageView))]
[JsonSerializable(typeof(UsageSummary))]
[JsonSerializable(typeof(UsageModels))]
[JsonSerializable(typeof(UsageDays))]
internal sealed partial class UsageJson : JsonSerializerContext;

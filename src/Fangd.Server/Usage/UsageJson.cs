using Fangd.Server.Http;

namespace Fangd.Server.Usage;

public sealed partial record UsageView(
    string Period,
    long TotalInputTokens,
    long TotalOutputTokens,
    long TotalCachedTokens,
    long TotalReasoningTokens,
    double TotalCostUsd,
    long RequestCount,
    long FailedCount,
    long ActiveAgents) : IAnswer;

public sealed partial record UsageSummary(UsageToday Today, UsageQuota Quota) : IAnswer;

public sealed partial record UsageToday(long InputTokens, long OutputTokens, double CostUsd, long Requests) : IAnswer;

/// <summary>Tokens of the current hour; a limit of 0 is none.</summary>
public sealed partial record UsageQuota(long HourlyTokenLimit, long HourlyTokensUsed, DateTimeOffset HourlyResetAt) : IAnswer;

public sealed partial record UsageModels(IReadOnlyList<UsageModel> Models) : IAnswer;

/// <summary>What one model was used for. With <c>pricing</c> "unknown" its cost is counted as 0 because nobody said what it costs.</summary>
public sealed partial record UsageModel(
    string Model,
    string Provider,
    long InputTokens,
    long OutputTokens,
    long CachedTokens,
    long ReasoningTokens,
    double CostUsd,
    long RequestCount,
    long FailedCount,
    string Pricing) : IAnswer;

public sealed partial record UsageDays(IReadOnlyList<UsageDay> Daily) : IAnswer;

public sealed partial record UsageDay(string Date, long InputTokens, long OutputTokens, double CostUsd, long RequestCount) : IAnswer;

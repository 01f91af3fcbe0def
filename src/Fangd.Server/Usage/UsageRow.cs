using Fangd.Protocols.Llm;
using Fangd.Server.Models;

namespace Fangd.Server.Usage;

/// <summary>One model call as it is kept. <paramref name="AgentId"/> is empty for calls that no agent made.</summary>
internal sealed record UsageRow(
    DateTimeOffset At,
    string AgentId,
    string? SessionId,
    string RunId,
    string Provider,
    string Model,
    LlmUsage Usage,
    double CostUsd,
    PriceKind Price,
    long LatencyMs,
    CallOutcome Outcome);

/// <summary>How a model call ended.</summary>
internal enum CallOutcome
{
    Ok,
    Failed,
    Cancelled,
}

/// <summary>Sums over calls.</summary>
internal sealed record UsageSum(long Calls, long Failed, long Input, long Output, long Cached, long Reasoning, double CostUsd)
{
    public static readonly UsageSum Nothing = new(0, 0, 0, 0, 0, 0, 0);
}

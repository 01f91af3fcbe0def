using Fangd.Engine.Tools;
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
    CallOutcome Outcome)
{
    /// <summary>A search by an engine that is paid by the request. What it costs depends on the user's plan, so it is counted alone.</summary>
    public static UsageRow Search(ToolScope scope, string engine, DateTimeOffset at) =>
        new(at, scope.AgentId, scope.SessionId, scope.RunId, engine.ToLowerInvariant(), "web_search", default, 0, PriceKind.Unknown, 0, CallOutcome.Ok);
}

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

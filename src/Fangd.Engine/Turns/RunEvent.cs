using System.Text.Json;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Turns;

/// <summary>The one vocabulary of what happens in a run; every adapter renders it in its own wire shape.</summary>
public abstract record RunEvent;

/// <summary>The run left the queue and begins.</summary>
public sealed record RunStarted(string RunId, string? SessionId) : RunEvent;

public sealed record TextDelta(string Text) : RunEvent;

public sealed record ThinkingDelta(string Text) : RunEvent;

/// <summary>The model asked for a tool. <paramref name="Input"/> is a JSON object.</summary>
public sealed record ToolStarted(string CallId, string Tool, JsonElement Input) : RunEvent;

public sealed record ToolFinished(string CallId, string Tool, JsonElement Input, string Result, bool IsError) : RunEvent;

/// <summary>What a tool says of its progress while it works; at most once a second.</summary>
public sealed record ToolProgressed(string Tool, string Detail) : RunEvent;

/// <summary>A call waits until a person approves it, for at most <paramref name="TimeoutSecs"/>; between its <see cref="ToolStarted"/> and <see cref="ToolFinished"/>.</summary>
public sealed record ApprovalRequested(string ApprovalId, string Tool, string Description, string RiskLevel, int TimeoutSecs) : RunEvent;

/// <summary>The waiting is over.</summary>
public sealed record ApprovalDecided(string ApprovalId, string Tool, bool IsApproved) : RunEvent;

/// <summary>Tokens of the run so far, after a model call.</summary>
public sealed record UsageUpdated(LlmUsage Usage, int Iterations) : RunEvent;

/// <summary>The run ended well; last event.</summary>
public sealed record RunFinished(TurnResult Result) : RunEvent;

/// <summary>The run ended badly; last event.</summary>
public sealed record RunFailed(RunFault Fault, string Message, TimeSpan? RetryAfter = null) : RunEvent;

/// <summary>Why a run failed, by what the caller is told.</summary>
public enum RunFault
{
    /// <summary>The model provider failed.</summary>
    Model,
    /// <summary>The provider limits or is overloaded, with or without a time to come back.</summary>
    Busy,
    /// <summary>A budget is used up.</summary>
    Budget,
    Cancelled,
    /// <summary>The conversation does not fit the model's window, even shortened.</summary>
    TooLong,
    /// <summary>The loop guard or the iteration limit ended it.</summary>
    LoopLimit,
    /// <summary>No model is configured or no key is there; the message says what to do.</summary>
    NotConfigured,
    Internal,
}

/// <summary>Takes events as they happen. Must not block and must not throw.</summary>
public interface IRunSink
{
    void Emit(RunEvent happened);
}

/// <summary>What a run came to.</summary>
public sealed record TurnResult
{
    /// <summary>The final text; empty when the agent chose silence.</summary>
    public required string Text { get; init; }

    public required LlmUsage Usage { get; init; }

    /// <summary>Model calls made.</summary>
    public required int Iterations { get; init; }

    public required double CostUsd { get; init; }

    /// <summary>The model that answered last: the one that was asked, as resolved, or one that took its place.</summary>
    public required string Model { get; init; }

    public required LlmStop Stop { get; init; }

    /// <summary>Where what the agent had read when it answered came from.</summary>
    public TaintLabels Taint { get; init; }

    /// <summary>The agent answered <c>NO_REPLY</c>: nothing is delivered.</summary>
    public bool IsSilent { get; init; }

    /// <summary>Calls of tools that the caller brought; the run ended with them. Empty otherwise.</summary>
    public IReadOnlyList<LlmToolCall> ClientCalls { get; init; } = [];
}

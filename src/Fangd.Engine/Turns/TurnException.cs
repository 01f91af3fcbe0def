using Fangd.Protocols.Llm;

namespace Fangd.Engine.Turns;

/// <summary>
/// A run that ended badly, also by cancellation. The message may be shown to the caller word for word.
/// What the run used up to here is told too, because it has been paid for.
/// </summary>
public sealed class TurnException(RunFault fault, string message, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception(message, inner)
{
    public RunFault Fault => fault;

    /// <summary>When to come back; null where nobody says.</summary>
    public TimeSpan? RetryAfter => retryAfter;

    /// <summary>The model's own fault when there was one.</summary>
    public LlmFault? ModelFault => (InnerException as LlmException)?.Fault;

    public LlmUsage Usage { get; init; }

    public int Iterations { get; init; }

    public double CostUsd { get; init; }

    internal static RunFault FaultOf(LlmFault fault) => fault switch
    {
        LlmFault.RateLimit or LlmFault.Overloaded => RunFault.Busy,
        LlmFault.ContextOverflow => RunFault.TooLong,
        LlmFault.Auth or LlmFault.ModelNotFound => RunFault.NotConfigured,
        _ => RunFault.Model,
    };
}

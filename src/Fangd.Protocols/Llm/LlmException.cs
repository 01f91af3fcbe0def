namespace Fangd.Protocols.Llm;

/// <summary>What went wrong with a model call, by what the caller can do about it.</summary>
public enum LlmFault
{
    RateLimit,
    Overloaded,
    Timeout,
    /// <summary>Connection refused, name not found, connection reset before an answer.</summary>
    Unreachable,
    /// <summary>The stream ended without the provider's end mark.</summary>
    Interrupted,
    Billing,
    Auth,
    ContextOverflow,
    ModelNotFound,
    /// <summary>The provider refused the request as malformed.</summary>
    BadRequest,
    /// <summary>The answer is not what the protocol says: HTML, broken JSON, an empty body.</summary>
    Garbage,
}

/// <summary>
/// A failed model call. The message may be shown to the caller word for word: it names the provider and what happened,
/// and holds no key, header or local path.
/// </summary>
public sealed class LlmException(LlmFault fault, string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    public LlmFault Fault => fault;

    /// <summary>How long the provider asks to wait; null where it says nothing.</summary>
    public TimeSpan? RetryAfter => retryAfter;

    /// <summary>Whether the same call may well succeed a little later.</summary>
    public bool IsTransient => fault is LlmFault.RateLimit or LlmFault.Overloaded or LlmFault.Timeout or LlmFault.Unreachable or LlmFault.Interrupted;
}

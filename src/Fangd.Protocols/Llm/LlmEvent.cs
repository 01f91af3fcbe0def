namespace Fangd.Protocols.Llm;

/// <summary>What a model stream can tell.</summary>
public enum LlmEventKind
{
    /// <summary><see cref="LlmEvent.Text"/> is a piece of the answer, never cut inside a surrogate pair.</summary>
    TextDelta,

    /// <summary><see cref="LlmEvent.Text"/> is a piece of the model's thinking.</summary>
    ReasoningDelta,

    /// <summary>
    /// The thinking since the last such event (possibly none) is one block, and <see cref="LlmEvent.Text"/> its
    /// <see cref="LlmReasoning.Signature"/>. Only from providers that want their thinking back unchanged.
    /// </summary>
    ReasoningEnd,

    /// <summary><see cref="LlmEvent.Call"/> is a complete tool call; calls come in the model's order, after all text.</summary>
    ToolCall,

    /// <summary><see cref="LlmEvent.Usage"/> is what the provider counted for this call; at most once.</summary>
    Usage,

    /// <summary><see cref="LlmEvent.Stop"/> says why the model stopped; exactly once, last. A stream without it was cut.</summary>
    Stop,

    /// <summary><see cref="LlmEvent.Model"/> answers in place of the model that was asked; first of all. No client of a provider sends it.</summary>
    Model,
}

/// <summary>Why a model stopped.</summary>
public enum LlmStop
{
    EndTurn,
    MaxTokens,
    ToolCalls,
    ContentFilter,
}

/// <summary>Tokens as the provider counted them. <see cref="CachedInput"/> is part of <see cref="Input"/>, <see cref="Reasoning"/> part of <see cref="Output"/>.</summary>
public readonly record struct LlmUsage(int Input, int Output, int CachedInput = 0, int Reasoning = 0)
{
    public int Total => Input + Output;

    public static LlmUsage operator +(LlmUsage a, LlmUsage b) =>
        new(a.Input + b.Input, a.Output + b.Output, a.CachedInput + b.CachedInput, a.Reasoning + b.Reasoning);
}

/// <summary>A model by its provider's id and its own name.</summary>
public sealed record LlmModelName(string Provider, string Model);

/// <summary>One event of a model stream; which member counts is told by <see cref="Kind"/>.</summary>
public readonly record struct LlmEvent(LlmEventKind Kind, string? Text = null, LlmToolCall? Call = null, LlmUsage Usage = default, LlmStop Stop = default, LlmModelName? Model = null)
{
    public static LlmEvent TextDelta(string text) => new(LlmEventKind.TextDelta, text);

    public static LlmEvent ReasoningDelta(string text) => new(LlmEventKind.ReasoningDelta, text);

    public static LlmEvent ReasoningEnd(string signature) => new(LlmEventKind.ReasoningEnd, signature);

    public static LlmEvent ToolCall(LlmToolCall call) => new(LlmEventKind.ToolCall, Call: call);

    public static LlmEvent UsageReport(LlmUsage usage) => new(LlmEventKind.Usage, Usage: usage);

    public static LlmEvent Stopped(LlmStop stop) => new(LlmEventKind.Stop, Stop: stop);

    public static LlmEvent AnsweredBy(LlmModelName model) => new(LlmEventKind.Model, Model: model);
}

/// <summary>A client of one wire family (OpenAI-compatible, Anthropic, Gemini). Stateless and safe for concurrent calls.</summary>
public interface ILlmClient
{
    /// <summary>Streams one model call. Throws <see cref="LlmException"/> for every failure but cancellation.</summary>
    IAsyncEnumerable<LlmEvent> Stream(LlmRequest request, LlmTarget target, CancellationToken run);
}

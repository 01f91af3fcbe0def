using System.Text.Json;

namespace Fangd.Protocols.Llm;

/// <summary>Who speaks in a conversation with a language model.</summary>
public enum LlmRole
{
    System,
    User,
    Assistant,
    /// <summary>The answer of a tool to one call of the assistant.</summary>
    Tool,
}

/// <summary>One piece of a message. The family is closed: text, image, tool call, tool result, reasoning.</summary>
public abstract record LlmPart;

public sealed record LlmText(string Text) : LlmPart
{
    /// <summary>What the text is tainted with; kept with it, never sent to a model.</summary>
    public TaintLabels Taint { get; init; }
}

/// <summary>An image, either inline (<paramref name="Base64"/>) or by reference (<paramref name="Url"/>); exactly one is set.</summary>
public sealed record LlmImage(string MediaType, string? Base64, string? Url, string? Detail = null) : LlmPart;

/// <summary>
/// A tool call by the assistant. <paramref name="Arguments"/> is JSON text, as every provider's client normalises it.
/// <paramref name="Extra"/> keeps fields of the call that a provider wants back verbatim (Gemini's <c>extra_content</c>).
/// </summary>
public sealed record LlmToolCall(string Id, string Name, string Arguments, JsonElement? Extra = null) : LlmPart;

/// <summary>What a tool answered to the call with the id <paramref name="CallId"/>.</summary>
public sealed record LlmToolResult(string CallId, string Name, string Text, bool IsError) : LlmPart
{
    /// <summary>What the text is tainted with; kept with it, never sent to a model.</summary>
    public TaintLabels Taint { get; init; }
}

/// <summary>
/// The model's own thinking, one block of it; <paramref name="Signature"/> is opaque and goes back unchanged where a provider asks for it. One
/// that begins with a brace is the whole block as the provider sent it, whose thinking cannot be read.
/// </summary>
public sealed record LlmReasoning(string Text, string? Signature = null) : LlmPart;

/// <summary>One message of a conversation. Immutable; parts keep their order.</summary>
public sealed record LlmMessage(LlmRole Role, IReadOnlyList<LlmPart> Parts)
{
    public static LlmMessage System(string text) => new(LlmRole.System, [new LlmText(text)]);

    public static LlmMessage User(string text) => new(LlmRole.User, [new LlmText(text)]);

    public static LlmMessage Assistant(string text) => new(LlmRole.Assistant, [new LlmText(text)]);

    public static LlmMessage ToolResult(LlmToolResult result) => new(LlmRole.Tool, [result]);

    /// <summary>All text parts, joined without a separator; empty when there are none.</summary>
    public string Text => Parts.Count == 1 && Parts[0] is LlmText only ? only.Text : string.Concat(Parts.OfType<LlmText>().Select(p => p.Text));

    /// <summary>The tool calls among the parts, in order.</summary>
    public IEnumerable<LlmToolCall> ToolCalls => Parts.OfType<LlmToolCall>();
}

using System.Text.Json;

namespace Fangd.Protocols.Llm;

/// <summary>A tool as a model is told of it. <paramref name="Schema"/> is a JSON Schema object as UTF-8 text.</summary>
public sealed record LlmTool(string Name, string Description, ReadOnlyMemory<byte> Schema);

/// <summary>One model call, independent of the provider's wire format. What is null is left to the provider.</summary>
public sealed record LlmRequest
{
    /// <summary>The provider's own name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The conversation, oldest first; system messages, if any, come first.</summary>
    public required IReadOnlyList<LlmMessage> Messages { get; init; }

    public IReadOnlyList<LlmTool> Tools { get; init; } = [];

    /// <summary>Most output tokens.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Sampling temperature, 0 to 2.</summary>
    public double? Temperature { get; init; }

    /// <summary>
    /// Further fields in OpenAI's spelling (<c>top_p</c>, <c>stop</c>, <c>seed</c>, <c>response_format</c>, <c>tool_choice</c>, …).
    /// OpenAI-compatible clients send them as they are; others translate what they know and drop the rest.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, JsonElement>> Options { get; init; } = [];
}

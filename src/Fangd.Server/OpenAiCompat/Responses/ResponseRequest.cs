using System.Text.Json;
using Fangd.Protocols.Llm;

namespace Fangd.Server.OpenAiCompat.Responses;

/// <summary>A request to <c>/v1/responses</c> in our own terms.</summary>
internal sealed record ResponseRequest
{
    /// <summary>Model, messages, tools and options, as every door gives them to a run.</summary>
    public required ChatRequest Chat { get; init; }

    /// <summary>The response that this one goes on from; its conversation comes before the messages.</summary>
    public string? PreviousId { get; init; }

    /// <summary>Whether the response is kept, so that another one can go on from it.</summary>
    public bool IsStored { get; init; } = true;

    /// <summary>Names of tools that take free text instead of JSON; they are offered with one field <c>input</c>.</summary>
    public required IReadOnlySet<string> FreeTextTools { get; init; }

    /// <summary>The request's fields that its response repeats.</summary>
    public required JsonElement Echo { get; init; }

    /// <summary>The input of a free-text call, out of the field that it was offered with.</summary>
    public static string FreeText(LlmToolCall call)
    {
        using var arguments = JsonDocument.Parse(call.Arguments.Length == 0 ? "{}" : call.Arguments);
        var root = arguments.RootElement;
        return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("input", out var input) && input.ValueKind == JsonValueKind.String
            ? input.GetString()!
            : call.Arguments;
    }
}

using System.Text.Json;

namespace Fangd.Protocols.Llm;

/// <summary>What a caller wants of the tools, from <c>tool_choice</c>.</summary>
internal enum ToolDemand
{
    /// <summary>Nothing was said.</summary>
    Unsaid,
    Auto,
    Required,
    None,
    /// <summary>One tool by its name.</summary>
    Named,
}

/// <summary>Reads the options of a request, which are in OpenAI's spelling, for families that spell them otherwise.</summary>
internal static class LlmOptions
{
    public static JsonElement? Find(LlmRequest request, string name)
    {
        foreach (var option in request.Options)
        {
            if (option.Key == name && option.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)) return option.Value;
        }

        return null;
    }

    public static string? Text(LlmRequest request, string name) =>
        Find(request, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static double? Number(LlmRequest request, string name) =>
        Find(request, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : null;

    public static double? Temperature(LlmRequest request) => request.Temperature ?? Number(request, "temperature");

    public static int? MaxTokens(LlmRequest request) =>
        request.MaxTokens ?? ((Number(request, "max_completion_tokens") ?? Number(request, "max_tokens")) is { } most ? (int)Math.Clamp(most, 1, int.MaxValue) : null);

    /// <summary>The texts at which to stop, one or several; at most <paramref name="most"/> of them and none that is blank.</summary>
    public static IReadOnlyList<string> Stops(LlmRequest request, int most)
    {
        if (Find(request, "stop") is not { } stop) return [];
        if (stop.ValueKind == JsonValueKind.String) return string.IsNullOrWhiteSpace(stop.GetString()) ? [] : [stop.GetString()!];
        if (stop.ValueKind != JsonValueKind.Array) return [];
        var texts = new List<string>();
        foreach (var one in stop.EnumerateArray())
        {
            if (texts.Count < most && one.ValueKind == JsonValueKind.String && one.GetString() is { } text && !string.IsNullOrWhiteSpace(text)) texts.Add(text);
        }

        return texts;
    }

    /// <summary><paramref name="name"/> is set for <see cref="ToolDemand.Named"/>, and then names a tool that the request offers.</summary>
    public static ToolDemand Tools(LlmRequest request, out string? name)
    {
        name = null;
        if (Find(request, "tool_choice") is not { } choice) return ToolDemand.Unsaid;
        if (choice.ValueKind == JsonValueKind.String)
        {
            return choice.GetString() switch
            {
                "none" => ToolDemand.None,
                "required" or "any" => ToolDemand.Required,
                _ => ToolDemand.Auto,
            };
        }

        if (choice.ValueKind != JsonValueKind.Object || !choice.TryGetProperty("function", out var function) || function.ValueKind != JsonValueKind.Object ||
            !function.TryGetProperty("name", out var named) || named.ValueKind != JsonValueKind.String) return ToolDemand.Auto;
        name = named.GetString();
        foreach (var tool in request.Tools)
        {
            if (tool.Name == name) return ToolDemand.Named;
        }

        // To demand a tool that is not offered would be refused.
        name = null;
        return ToolDemand.Auto;
    }

    /// <summary>Whether the answer is to be JSON; <paramref name="schema"/> is the schema it has to follow, if any.</summary>
    public static bool WantsJson(LlmRequest request, out JsonElement? schema)
    {
        schema = null;
        if (Find(request, "response_format") is not { ValueKind: JsonValueKind.Object } format ||
            !format.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String) return false;
        if (type.ValueEquals("json_object")) return true;
        if (!type.ValueEquals("json_schema")) return false;
        if (format.TryGetProperty("json_schema", out var named) && named.ValueKind == JsonValueKind.Object &&
            named.TryGetProperty("schema", out var found) && found.ValueKind == JsonValueKind.Object) schema = found;
        return true;
    }

    /// <summary>The wish for JSON as an instruction, for models that know no other way.</summary>
    public static string JsonInWords(JsonElement? schema) => schema is { } wanted
        ? $"Answer with one JSON object and nothing else: no other text, no code fence. It follows this JSON schema: {wanted.GetRawText()}"
        : "Answer with one JSON object and nothing else: no other text, no code fence.";
}

using System.Text.Json;

namespace Fangd.McpConformance;

/// <summary>Questions in a result that needs input, and the answers that come back.</summary>
internal static class Answers
{
    public static void Elicit(Utf8JsonWriter json, string key, string message, string field, string type)
    {
        json.WriteStartObject(key);
        json.WriteString("method", "elicitation/create");
        json.WriteStartObject("params");
        json.WriteString("message", message);
        Content.Raw(json, "requestedSchema", $$$"""{"type":"object","properties":{"{{{field}}}":{"type":"{{{type}}}"}},"required":["{{{field}}}"]}""");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void Sample(Utf8JsonWriter json, string key, string prompt, int maxTokens)
    {
        json.WriteStartObject(key);
        json.WriteString("method", "sampling/createMessage");
        json.WriteStartObject("params");
        Message(json, prompt, maxTokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void Message(Utf8JsonWriter json, string prompt, int maxTokens)
    {
        json.WriteStartArray("messages");
        json.WriteStartObject();
        json.WriteString("role", "user");
        json.WritePropertyName("content");
        Content.Text(json, prompt);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteNumber("maxTokens", maxTokens);
    }

    public static void Roots(Utf8JsonWriter json, string key)
    {
        json.WriteStartObject(key);
        json.WriteString("method", "roots/list");
        json.WriteStartObject("params");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>A field of what a person filled in; null when it is not there or was declined.</summary>
    public static string? Field(JsonElement responses, string key, string field)
    {
        if (Find(responses, key) is not { } answer || !answer.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.Object)
            return null;
        return content.TryGetProperty(field, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.True or JsonValueKind.False ? value.ToString() : null;
    }

    /// <summary>The text that a model answered.</summary>
    public static string? Sampled(JsonElement responses, string key) =>
        Find(responses, key) is { } answer && answer.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Object && content.TryGetProperty("text", out var text)
            ? text.GetString()
            : null;

    public static string? RootsOf(JsonElement responses, string key) =>
        Find(responses, key) is { } answer && answer.TryGetProperty("roots", out var roots) && roots.ValueKind == JsonValueKind.Array ? roots.GetRawText() : null;

    private static JsonElement? Find(JsonElement responses, string key) =>
        responses.ValueKind == JsonValueKind.Object && responses.TryGetProperty(key, out var answer) && answer.ValueKind == JsonValueKind.Object ? answer : null;
}

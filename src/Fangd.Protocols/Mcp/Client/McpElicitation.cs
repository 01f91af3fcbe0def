using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>
/// Answers the questions that servers have for a person. Agents work without one, so a form is declined, or accepted as it was filled in beforehand
/// where the operator wants that (SEP-1034) and nothing is missing in it. An address to visit is always declined.
/// </summary>
internal static class McpElicitation
{
    public static void Answer(Utf8JsonWriter json, JsonElement parameters, bool takesDefaults)
    {
        json.WriteStartObject();
        if (takesDefaults && Fields(parameters) is { } fields)
        {
            json.WriteString("action", "accept");
            json.WriteStartObject("content");
            foreach (var (name, value) in fields)
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }

            json.WriteEndObject();
        }
        else
        {
            json.WriteString("action", "decline");
        }

        json.WriteEndObject();
    }

    /// <summary>The fields that have a default; null when a required one has none, or there is no form.</summary>
    private static List<KeyValuePair<string, JsonElement>>? Fields(JsonElement parameters)
    {
        if (parameters.ValueKind != JsonValueKind.Object || McpAnswer.Text(parameters, "mode") is not (null or "form") ||
            !parameters.TryGetProperty("requestedSchema", out var schema) || schema.ValueKind != JsonValueKind.Object ||
            !schema.TryGetProperty("properties", out var properties) || properties.ValueKind != JsonValueKind.Object)
            return null;
        var fields = new List<KeyValuePair<string, JsonElement>>();
        foreach (var field in properties.EnumerateObject())
        {
            if (field.Value.ValueKind == JsonValueKind.Object && field.Value.TryGetProperty("default", out var value))
                fields.Add(new(field.Name, value));
        }

        if (!schema.TryGetProperty("required", out var required) || required.ValueKind != JsonValueKind.Array)
            return fields;
        foreach (var name in required.EnumerateArray())
        {
            if (name.ValueKind != JsonValueKind.String || !Has(fields, name))
                return null;
        }

        return fields;
    }

    private static bool Has(List<KeyValuePair<string, JsonElement>> fields, JsonElement name)
    {
        foreach (var (field, _) in fields)
        {
            if (name.ValueEquals(field))
                return true;
        }

        return false;
    }
}

using System.Text.Json;

namespace Fangd.Protocols.Llm.Gemini;

/// <summary>
/// Writes a JSON Schema as the part of OpenAPI's that older versions of the API take: references are put in place, what has no counterpart is
/// left out, so that mostly more is allowed than by the original. What names no type becomes text: there is none for anything.
/// </summary>
internal static class GeminiSchema
{
    // Deeper than any sensible schema, and an end for those that contain themselves.
    private const int MaxDepth = 16;
    private const int LevelsOfReference = 3;

    // One that contains itself several times grows with each level.
    private const int MaxNodes = 2000;

    private static readonly string[] Kept =
    [
        "description", "title", "minItems", "maxItems", "minimum", "maximum", "minLength", "maxLength", "pattern", "minProperties", "maxProperties", "nullable",
    ];

    private static readonly string[] Formats = ["enum", "date-time", "int32", "int64", "float", "double"];

    public static void Write(Utf8JsonWriter json, JsonElement schema)
    {
        var budget = MaxNodes;
        Write(json, schema, schema, 0, ref budget);
    }

    /// <summary>Whether an object has nothing in it to describe: such parameters are refused and have to be left out.</summary>
    public static bool IsEmpty(JsonElement schema) =>
        schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out var properties) ||
        properties.ValueKind != JsonValueKind.Object || !properties.EnumerateObject().MoveNext();

    private static void Write(Utf8JsonWriter json, JsonElement root, JsonElement schema, int depth, ref int budget)
    {
        // A reference costs several levels: only by them can a schema contain itself.
        if (IsReference(schema)) depth += LevelsOfReference;
        schema = Resolve(root, schema);
        json.WriteStartObject();
        if (schema.ValueKind != JsonValueKind.Object || depth > MaxDepth || --budget < 0)
        {
            var type = TypeOf(schema, out _);
            json.WriteString("type"u8, type is null or "array" ? "string" : type);
            json.WriteEndObject();
            return;
        }

        foreach (var name in Kept)
        {
            if (schema.TryGetProperty(name, out var value)) Copy(json, name, value);
        }

        if (schema.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String && Array.IndexOf(Formats, format.GetString()) >= 0)
            Copy(json, "format", format);
        WriteAlternatives(json, root, schema, depth, ref budget);
        WriteType(json, schema);
        WriteEnum(json, schema);
        if (schema.TryGetProperty("items", out var items))
        {
            json.WritePropertyName("items"u8);
            Write(json, root, items, depth + 1, ref budget);
        }
        else if (TypeOf(schema, out _) == "array")
        {
            json.WritePropertyName("items"u8);
            json.WriteStartObject();
            json.WriteString("type"u8, "string"u8);
            json.WriteEndObject();
        }

        WriteProperties(json, root, schema, depth, ref budget);
        json.WriteEndObject();
    }

    private static void WriteProperties(Utf8JsonWriter json, JsonElement root, JsonElement schema, int depth, ref int budget)
    {
        if (!schema.TryGetProperty("properties", out var properties) || properties.ValueKind != JsonValueKind.Object) return;
        json.WriteStartObject("properties"u8);
        foreach (var property in properties.EnumerateObject())
        {
            json.WritePropertyName(property.Name);
            Write(json, root, property.Value, depth + 1, ref budget);
        }

        json.WriteEndObject();
        if (!schema.TryGetProperty("required", out var required) || required.ValueKind != JsonValueKind.Array) return;
        json.WriteStartArray("required"u8);
        foreach (var name in required.EnumerateArray())
        {
            // One that is not described would be refused.
            if (name.ValueKind == JsonValueKind.String && properties.TryGetProperty(name.GetString()!, out _)) name.WriteTo(json);
        }

        json.WriteEndArray();
    }

    private static void WriteAlternatives(Utf8JsonWriter json, JsonElement root, JsonElement schema, int depth, ref int budget)
    {
        if ((!schema.TryGetProperty("anyOf", out var alternatives) && !schema.TryGetProperty("oneOf", out alternatives)) ||
            alternatives.ValueKind != JsonValueKind.Array) return;
        json.WriteStartArray("anyOf"u8);
        foreach (var alternative in alternatives.EnumerateArray())
        {
            if (TypeOf(Resolve(root, alternative), out _) != "null") Write(json, root, alternative, depth + 1, ref budget);
        }

        json.WriteEndArray();
    }

    private static void WriteType(Utf8JsonWriter json, JsonElement schema)
    {
        var type = TypeOf(schema, out var isNullable);
        type ??= schema.TryGetProperty("properties", out _) ? "object"
            : schema.TryGetProperty("items", out _) ? "array"
            : schema.TryGetProperty("anyOf", out _) || schema.TryGetProperty("oneOf", out _) ? null
            : "string";
        if (type is not null) json.WriteString("type"u8, type);
        if (isNullable && !schema.TryGetProperty("nullable", out _)) json.WriteBoolean("nullable"u8, true);
    }

    // Of several types the first one that is not null.
    private static string? TypeOf(JsonElement schema, out bool isNullable)
    {
        isNullable = false;
        if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("type", out var type)) return null;
        if (type.ValueKind == JsonValueKind.String) return type.GetString();
        if (type.ValueKind != JsonValueKind.Array) return null;
        string? first = null;
        foreach (var one in type.EnumerateArray())
        {
            if (one.ValueKind != JsonValueKind.String) continue;
            if (one.ValueEquals("null")) isNullable = true;
            else first ??= one.GetString();
        }

        return first;
    }

    // Only texts can be listed here; a number's list says less than its type.
    private static void WriteEnum(Utf8JsonWriter json, JsonElement schema)
    {
        if (schema.TryGetProperty("const", out var only) && only.ValueKind == JsonValueKind.String)
        {
            json.WriteStartArray("enum"u8);
            only.WriteTo(json);
            json.WriteEndArray();
            return;
        }

        if (!schema.TryGetProperty("enum", out var values) || values.ValueKind != JsonValueKind.Array) return;
        foreach (var value in values.EnumerateArray())
        {
            if (value.ValueKind != JsonValueKind.String || value.ValueEquals("")) return;
        }

        Copy(json, "enum", values);
    }

    private static bool IsReference(JsonElement schema) => schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$ref", out _);

    private static JsonElement Resolve(JsonElement root, JsonElement schema)
    {
        for (var hops = 0; hops < MaxDepth; hops++)
        {
            if (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("allOf", out var all) && all.ValueKind == JsonValueKind.Array && all.GetArrayLength() == 1)
            {
                schema = all[0];
                continue;
            }

            if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("$ref", out var reference) || reference.ValueKind != JsonValueKind.String) return schema;
            var path = reference.GetString()!;
            if (path != "#" && !path.StartsWith("#/", StringComparison.Ordinal)) return default;
            var found = root;
            foreach (var step in path.Split('/').AsSpan(1))
            {
                if (found.ValueKind != JsonValueKind.Object ||
                    !found.TryGetProperty(step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal), out found)) return default;
            }

            schema = found;
        }

        return default;
    }

    private static void Copy(Utf8JsonWriter json, string name, JsonElement value)
    {
        json.WritePropertyName(name);
        value.WriteTo(json);
    }
}

using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Llm;

/// <summary>Arguments that a model printed one by one as text, as the JSON object that the tool's schema asks for.</summary>
internal sealed class PrintedArguments : IDisposable
{
    private readonly ArrayBufferWriter<byte> buffer = new(256);
    private readonly JsonDocument? schema;
    private readonly Utf8JsonWriter json;

    public PrintedArguments(LlmTool tool)
    {
        schema = Schema(tool);
        json = new Utf8JsonWriter(buffer, LooseJson.Strict);
        json.WriteStartObject();
    }

    public void Add(string key, string value)
    {
        json.WritePropertyName(key);
        WriteValue(json, value, IsString(schema, key));
    }

    /// <summary>The object; nothing can be added any more.</summary>
    public string End()
    {
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public void Dispose()
    {
        json.Dispose();
        schema?.Dispose();
    }

    private static JsonDocument? Schema(LlmTool tool)
    {
        try
        {
            return tool.Schema.IsEmpty ? null : JsonDocument.Parse(tool.Schema);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsString(JsonDocument? schema, string key) =>
        schema is not null && schema.RootElement.ValueKind == JsonValueKind.Object &&
        schema.RootElement.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object &&
        properties.TryGetProperty(key, out var property) && property.ValueKind == JsonValueKind.Object &&
        property.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("string");

    // Numbers, flags and structures as JSON, unless the schema wants a string; the line breaks around a value belong to the markup.
    private static void WriteValue(Utf8JsonWriter json, string value, bool isString)
    {
        if (!isString && LooseJson.Parse(value) is { ValueKind: not JsonValueKind.String } parsed)
        {
            parsed.WriteTo(json);
            return;
        }

        if (value.StartsWith("\r\n", StringComparison.Ordinal)) value = value[2..];
        else if (value.StartsWith('\n')) value = value[1..];
        if (value.EndsWith("\r\n", StringComparison.Ordinal)) value = value[..^2];
        else if (value.EndsWith('\n')) value = value[..^1];
        json.WriteStringValue(Encoding.UTF8.GetBytes(value));
    }
}

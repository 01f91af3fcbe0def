using System.Buffers;
using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Turns;

/// <summary>The arguments of a tool call as a model wrote them, made safe to keep.</summary>
internal static class ToolArguments
{
    private static readonly JsonElement Empty = Element("{}");

    /// <summary>
    /// Reads the arguments of <paramref name="call"/>. Broken ones give a <paramref name="trouble"/> that the model can act on, and
    /// a call whose arguments are valid JSON all the same: chat templates and providers refuse a history with broken JSON for ever.
    /// </summary>
    public static LlmToolCall Read(LlmToolCall call, out JsonElement arguments, out string? trouble)
    {
        trouble = null;
        if (string.IsNullOrWhiteSpace(call.Arguments))
        {
            arguments = Empty;
            return call with { Arguments = "{}" };
        }
        try
        {
            arguments = Element(call.Arguments);
            if (arguments.ValueKind == JsonValueKind.Object)
                return call;
            // Some models encode twice: a JSON string that holds the object.
            if (arguments.ValueKind == JsonValueKind.String && Element(arguments.GetString()!) is { ValueKind: JsonValueKind.Object } inner)
            {
                arguments = inner;
                return call with { Arguments = inner.GetRawText() };
            }
            trouble = $"The arguments of {call.Name} must be one JSON object, not {KindOf(arguments.ValueKind)}. Call it again with an object.";
        }
        catch (JsonException broken)
        {
            trouble = $"The arguments of {call.Name} are not valid JSON (line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}): "
                + "check quotes, commas and braces, and call it again.";
        }
        var kept = Wrapped(call.Arguments);
        arguments = Element(kept);
        return call with { Arguments = kept };
    }

    /// <summary>The same JSON value always gives the same bytes: keys sorted, no white space.</summary>
    public static void WriteCanonical(JsonElement value, Utf8JsonWriter to)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                to.WriteStartObject();
                var members = new List<JsonProperty>();
                foreach (var member in value.EnumerateObject())
                    members.Add(member);
                members.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
                foreach (var member in members)
                {
                    to.WritePropertyName(member.Name);
                    WriteCanonical(member.Value, to);
                }
                to.WriteEndObject();
                break;
            case JsonValueKind.Array:
                to.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                    WriteCanonical(item, to);
                to.WriteEndArray();
                break;
            default:
                value.WriteTo(to);
                break;
        }
    }

    private static JsonElement Element(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private static string Wrapped(string broken)
    {
        var buffer = new ArrayBufferWriter<byte>(broken.Length + 32);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("invalid_json", broken);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string KindOf(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a truth value",
    };
}

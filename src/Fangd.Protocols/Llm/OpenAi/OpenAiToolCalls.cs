using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Llm.OpenAi;

/// <summary>Puts the tool calls of a stream together from their pieces, forgiving about the index, the id and the form of the arguments.</summary>
internal sealed class OpenAiToolCalls
{
    private readonly List<Pending> calls = [];

    public bool Any => calls.Count > 0;

    /// <summary>Whether a field of a call is part of the protocol; all others are kept for the provider.</summary>
    public static bool IsKnownField(string name) => name is "id" or "type" or "function" or "index";

    /// <summary>Reads one element of <c>tool_calls</c>, the reader standing on its opening brace.</summary>
    public void ReadDelta(ref Utf8JsonReader reader)
    {
        int? index = null;
        string? id = null, name = null;
        byte[]? rawArguments = null;
        string? arguments = null;
        List<(string Name, byte[] Value)>? extra = null;

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number)) index = number;
                else reader.Skip();
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                id = Scalar(ref reader);
            }
            else if (reader.ValueTextEquals("function"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) ReadFunction(ref reader, ref name, ref arguments, ref rawArguments);
                else reader.Skip();
            }
            else
            {
                var field = reader.GetString()!;
                reader.Read();
                if (IsKnownField(field)) reader.Skip();
                else (extra ??= []).Add((field, Raw(ref reader)));
            }
        }

        var call = Find(index, id, name, arguments ?? (rawArguments is null ? null : "{"));
        if (string.IsNullOrEmpty(call.Id)) call.Id = id;
        if (string.IsNullOrEmpty(call.Name)) call.Name = name;
        if (rawArguments is not null) call.Arguments.Clear().Append(Encoding.UTF8.GetString(rawArguments));
        else if (arguments is not null) call.Arguments.Append(arguments);
        foreach (var field in extra ?? []) call.Extra[field.Name] = field.Value;
    }

    /// <summary>Reads the <c>function_call</c> of the time before tools, the reader standing on its opening brace.</summary>
    public void ReadFunctionCall(ref Utf8JsonReader reader)
    {
        string? name = null, arguments = null;
        byte[]? raw = null;
        ReadFunction(ref reader, ref name, ref arguments, ref raw);
        var call = Find(0, null, name, arguments);
        if (string.IsNullOrEmpty(call.Name)) call.Name = name;
        if (raw is not null) call.Arguments.Clear().Append(Encoding.UTF8.GetString(raw));
        else if (arguments is not null) call.Arguments.Append(arguments);
    }

    /// <summary>
    /// All calls in the model's order. <paramref name="newId"/> makes an id for a call that came without one or with another's.
    /// A call without a name is dropped, and so is one that was cut (<paramref name="isCut"/>) inside its arguments.
    /// </summary>
    public IEnumerable<LlmToolCall> Finish(bool isCut, Func<string> newId)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var call in calls)
        {
            if (string.IsNullOrWhiteSpace(call.Name)) continue;
            var arguments = Normalised(JsonText.Mend(call.Arguments.ToString()));
            if (isCut && !JsonText.IsObject(arguments)) continue;
            var id = string.IsNullOrWhiteSpace(call.Id) || !ids.Add(call.Id) ? newId() : call.Id;
            yield return new LlmToolCall(id, call.Name.Trim(), arguments, call.ExtraElement());
        }
    }

    private static void ReadFunction(ref Utf8JsonReader reader, ref string? name, ref string? arguments, ref byte[]? raw)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8))
            {
                reader.Read();
                name = Scalar(ref reader);
            }
            else if (reader.ValueTextEquals("arguments"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String) arguments = JsonText.ReadPiece(ref reader);
                else if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) raw = Raw(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private Pending Find(int? index, string? id, string? name, string? arguments)
    {
        var isNamed = !string.IsNullOrEmpty(name);
        Pending? call = null;
        if (index is { } number)
        {
            call = calls.FindLast(c => c.Index == number);
            // Some servers number every call 0; another id together with a name can only be another call.
            if (call is not null && isNamed && !string.IsNullOrEmpty(id) && !string.IsNullOrEmpty(call.Id) && id != call.Id) call = null;
        }
        else if (!string.IsNullOrEmpty(id))
        {
            call = calls.FindLast(c => c.Id == id);
        }
        else if (calls.Count > 0 && (!isNamed || (calls[^1].Name == name && !calls[^1].IsWhole && arguments is not null)))
        {
            // A nameless piece belongs to the newest call, and so does one that repeats the name while the arguments are still open.
            call = calls[^1];
        }

        if (call is not null) return call;
        call = new Pending { Index = index };
        calls.Add(call);
        return call;
    }

    private static string Normalised(string arguments)
    {
        var text = arguments.Trim();
        if (text.Length == 0 || text == "null") return "{}";
        if (text[0] != '"') return text;
        try
        {
            // Encoded twice: a JSON string that holds the JSON object.
            using var document = JsonDocument.Parse(text);
            return document.RootElement.GetString() is { } inner && JsonText.IsObject(inner) ? inner : text;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return text;
        }
    }

    private static string? Scalar(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String) return JsonText.Mend(JsonText.ReadPiece(ref reader));
        if (reader.TokenType == JsonTokenType.Number) return Encoding.UTF8.GetString(reader.ValueSpan);
        reader.Skip();
        return null;
    }

    private static byte[] Raw(ref Utf8JsonReader reader)
    {
        using var value = JsonDocument.ParseValue(ref reader);
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer)) value.RootElement.WriteTo(writer);
        return buffer.WrittenSpan.ToArray();
    }

    private sealed class Pending
    {
        public int? Index { get; init; }

        public string? Id { get; set; }

        public string? Name { get; set; }

        public StringBuilder Arguments { get; } = new();

        public Dictionary<string, byte[]> Extra { get; } = [];

        public bool IsWhole => Arguments.Length > 0 && JsonText.IsObject(Arguments.ToString());

        public JsonElement? ExtraElement()
        {
            if (Extra.Count == 0) return null;
            var buffer = new ArrayBufferWriter<byte>(256);
            using (var writer = new Utf8JsonWriter(buffer))
            {
                writer.WriteStartObject();
                foreach (var (name, value) in Extra)
                {
                    writer.WritePropertyName(name);
                    writer.WriteRawValue(value, skipInputValidation: true);
                }

                writer.WriteEndObject();
            }

            using var document = JsonDocument.Parse(buffer.WrittenMemory);
            return document.RootElement.Clone();
        }
    }
}

using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Fangd.Server.Http;

/// <summary>Writes what is more than one token of an answer.</summary>
internal static class AnswerJson
{
    public static string Of(IAnswer answer) => Encoding.UTF8.GetString(Write(answer).WrittenSpan);

    public static byte[] Utf8(IAnswer answer) => Write(answer).WrittenSpan.ToArray();

    public static void Put(Utf8JsonWriter json, ReadOnlySpan<byte> name, IAnswer value)
    {
        json.WritePropertyName(name);
        value.WriteTo(json);
    }

    public static void Put(Utf8JsonWriter json, ReadOnlySpan<byte> name, JsonElement value)
    {
        json.WritePropertyName(name);
        value.WriteTo(json);
    }

    public static void Put(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        for (var i = 0; i < values.Count; i++)
            json.WriteStringValue(values[i]);
        json.WriteEndArray();
    }

    public static void Put(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<IAnswer> values)
    {
        json.WriteStartArray(name);
        for (var i = 0; i < values.Count; i++)
            values[i].WriteTo(json);
        json.WriteEndArray();
    }

    public static void Put(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string> values)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in values)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static ArrayBufferWriter<byte> Write(IAnswer answer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, JsonShape.WriterOptions);
        answer.WriteTo(json);
        json.Flush();
        return buffer;
    }
}

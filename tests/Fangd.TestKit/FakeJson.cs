using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fangd.TestKit;

/// <summary>JSON by hand, since reflection is off in tests as it is in the daemon.</summary>
public static class FakeJson
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text as a JSON string, quotes included.</summary>
    public static string Quote(string text) => Write(json => json.WriteStringValue(text));

    /// <summary>What <paramref name="write"/> writes.</summary>
    public static string Write(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Relaxed))
            write(json);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>The value, or an undefined one when the text is not JSON.</summary>
    public static JsonElement TryParse(string text)
    {
        try
        {
            return Parse(text);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>The value; a <see cref="JsonException"/> when the text is not JSON.</summary>
    public static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}

using System.Text.Json;

namespace Fangd.Server.Http;

/// <summary>JSON values that outlive what they were read from.</summary>
internal static class JsonValues
{
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    /// <inheritdoc cref="Parse(string)"/>
    public static JsonElement Parse(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    /// <summary>A text as a JSON string.</summary>
    public static JsonElement Quote(string text) => Parse($"\"{JsonEncodedText.Encode(text, JsonShape.WriterOptions.Encoder)}\"");
}

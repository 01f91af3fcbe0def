using System.Text.Json;

namespace Fangd.McpConformance;

/// <summary>Writes content blocks, and holds the smallest picture and sound there are.</summary>
internal static class Content
{
    /// <summary>One red pixel.</summary>
    public const string Png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

    /// <summary>A WAV file without samples.</summary>
    public const string Wav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";

    public static void Text(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    public static void Blob(Utf8JsonWriter json, string type, string data, string mimeType)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteString("data", data);
        json.WriteString("mimeType", mimeType);
        json.WriteEndObject();
    }

    public static void Resource(Utf8JsonWriter json, string uri, string mimeType, string text)
    {
        json.WriteStartObject();
        json.WriteString("type", "resource");
        json.WriteStartObject("resource");
        json.WriteString("uri", uri);
        json.WriteString("mimeType", mimeType);
        json.WriteString("text", text);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void Raw(Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value);
    }
}

using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>The content of a result as one text that a model reads. Pictures and sounds are named, not shown.</summary>
internal static class McpContent
{
    /// <summary>Most characters that one result gives.</summary>
    private const int Most = 400_000;

    public static string Text(JsonElement result)
    {
        var text = new StringBuilder();
        if (result.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array)
        {
            foreach (var block in content.EnumerateArray())
            {
                if (text.Length > Most)
                    break;
                if (Block(block) is { } piece)
                    text.Append(text.Length > 0 ? "\n" : "").Append(piece);
            }
        }

        // Structured content usually repeats the text; it counts where there is none.
        if (text.Length == 0 && result.TryGetProperty("structuredContent", out var structured))
            text.Append(structured.GetRawText());
        return text.Length <= Most ? text.ToString() : text.ToString(0, Most - (char.IsHighSurrogate(text[Most - 1]) ? 1 : 0)) + "\n[cut]";
    }

    private static string? Block(JsonElement block)
    {
        if (block.ValueKind != JsonValueKind.Object)
            return null;
        switch (Field(block, "type"))
        {
            case "text":
                return Field(block, "text");
            case "image" or "audio":
                return $"[{Field(block, "type")} {Field(block, "mimeType")}, {(Field(block, "data")?.Length ?? 0) / 4 * 3} bytes]";
            case "resource" when block.TryGetProperty("resource", out var resource) && resource.ValueKind == JsonValueKind.Object:
                return Field(resource, "text") ?? $"[resource {Field(resource, "uri")} {Field(resource, "mimeType")}]";
            case "resource_link":
                return $"[resource {Field(block, "uri")} {Field(block, "name")}]";
            default:
                return null;
        }
    }

    private static string? Field(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>The content of a result as one text that a model reads. Pictures and sounds are named, not shown.</summary>
internal static class McpContent
{
    /// <summary>Most characters that one result gives.</summary>
    public const int Most = 400_000;

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
        return Cut(text);
    }

    /// <summary>What <c>resources/read</c> gave.</summary>
    public static string Resource(JsonElement result)
    {
        var text = new StringBuilder();
        if (result.TryGetProperty("contents", out var contents) && contents.ValueKind == JsonValueKind.Array)
        {
            foreach (var resource in contents.EnumerateArray())
            {
                if (text.Length > Most)
                    break;
                if (resource.ValueKind == JsonValueKind.Object)
                    text.Append(text.Length > 0 ? "\n" : "").Append(Contents(resource));
            }
        }

        return Cut(text);
    }

    /// <summary>What <c>prompts/get</c> gave: its messages, each with who says it.</summary>
    public static string Prompt(JsonElement result)
    {
        var text = new StringBuilder();
        if (result.TryGetProperty("messages", out var messages) && messages.ValueKind == JsonValueKind.Array)
        {
            foreach (var message in messages.EnumerateArray())
            {
                if (text.Length > Most)
                    break;
                if (message.ValueKind == JsonValueKind.Object && message.TryGetProperty("content", out var content) && Block(content) is { } said)
                    text.Append(text.Length > 0 ? "\n" : "").Append(McpAnswer.Text(message, "role")).Append(": ").Append(said);
            }
        }

        return Cut(text);
    }

    /// <summary>The text, at most as long as one result may be.</summary>
    public static string Cut(StringBuilder text) =>
        text.Length <= Most ? text.ToString() : text.ToString(0, Most - (char.IsHighSurrogate(text[Most - 1]) ? 1 : 0)) + "\n[cut]";

    private static string Contents(JsonElement resource) =>
        Field(resource, "text") ?? $"[resource {Field(resource, "uri")} {Field(resource, "mimeType")}, {(Field(resource, "blob")?.Length ?? 0) / 4 * 3} bytes]";

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
                return Contents(resource);
            case "resource_link":
                return $"[resource {Field(block, "uri")} {Field(block, "name")}]";
            default:
                return null;
        }
    }

    private static string? Field(JsonElement owner, string name) => McpAnswer.Text(owner, name);
}

using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>Reads what a server sends.</summary>
internal static class McpAnswer
{
    private const int Depth = 128;

    /// <summary>Throws <see cref="McpException"/> for what is no JSON-RPC message.</summary>
    public static JsonElement Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = Depth });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new McpException("the server sent something that is no JSON-RPC message");
        }
        catch (JsonException wrong)
        {
            throw new McpException("the server sent something that is not JSON", inner: wrong);
        }
    }

    /// <summary>The id of an answer to one of our requests; null for anything else.</summary>
    public static long? IdOf(JsonElement message)
    {
        if (message.TryGetProperty("method", out _) || !message.TryGetProperty("id", out var id))
            return null;
        return Whole(id);
    }

    /// <summary>A whole number that was ours; some servers give numbers back as strings.</summary>
    public static long? Whole(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number
        : value.ValueKind == JsonValueKind.String && long.TryParse(value.GetString(), out number) ? number
        : null;

    /// <summary>A string of an object; null where there is none.</summary>
    public static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static JsonElement Result(JsonElement message)
    {
        if (message.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
        {
            var text = error.TryGetProperty("message", out var said) && said.ValueKind == JsonValueKind.String ? said.GetString()! : "no reason was given";
            throw new McpException(text.Length <= 500 ? text : text[..500], error.TryGetProperty("code", out var code) && code.TryGetInt32(out var number) ? number : 0);
        }

        return message.TryGetProperty("result", out var result) && result.ValueKind == JsonValueKind.Object
            ? result
            : throw new McpException("the server answered without a result");
    }
}

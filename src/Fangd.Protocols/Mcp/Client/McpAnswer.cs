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
        // Some servers give numbers back as strings.
        return id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var number) ? number
            : id.ValueKind == JsonValueKind.String && long.TryParse(id.GetString(), out number) ? number
            : null;
    }

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

using System.Text.Json;

namespace Fangd.Protocols.Mcp.Serving;

/// <summary>A JSON-RPC message as a server receives it: a request, a notification (no id), or the answer to a question of the server's.</summary>
/// <param name="Id">A string or a number; undefined for a notification.</param>
/// <param name="Method">Null for an answer.</param>
/// <param name="Params">An object; empty where there is none.</param>
/// <param name="Whole">The message itself.</param>
public readonly record struct McpMessage(JsonElement Id, string? Method, JsonElement Params, JsonElement Whole)
{
    public bool IsRequest => Method is not null && Id.ValueKind != JsonValueKind.Undefined;

    /// <summary>Throws <see cref="McpFault"/> for what is no message.</summary>
    public static McpMessage Read(JsonElement message)
    {
        if (message.ValueKind == JsonValueKind.Array)
            throw new McpFault(McpFault.InvalidRequest, "Batches are not part of the protocol any more: send one message at a time");
        if (message.ValueKind != JsonValueKind.Object)
            throw new McpFault(McpFault.InvalidRequest, "A message is a JSON object");
        if (!message.TryGetProperty("jsonrpc", out var version) || version.ValueKind != JsonValueKind.String || !version.ValueEquals("2.0"))
            throw new McpFault(McpFault.InvalidRequest, "jsonrpc must be \"2.0\"");
        if (message.TryGetProperty("id", out var id) && id.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
            throw new McpFault(McpFault.InvalidRequest, "id must be a string or a number");
        string? method = null;
        if (message.TryGetProperty("method", out var named))
            method = named.ValueKind == JsonValueKind.String ? named.GetString() : throw new McpFault(McpFault.InvalidRequest, "method must be a string");
        else if (id.ValueKind == JsonValueKind.Undefined || !(message.TryGetProperty("result", out _) || message.TryGetProperty("error", out _)))
            throw new McpFault(McpFault.InvalidRequest, "method is missing");
        var parameters = McpServer.Empty;
        if (message.TryGetProperty("params", out var given))
            parameters = given.ValueKind == JsonValueKind.Object ? given : throw new McpFault(McpFault.InvalidParams, "params must be an object");
        return new McpMessage(id, method, parameters, message);
    }

    /// <summary>The id of something that may be no message at all, for its error; undefined where there is none.</summary>
    public static JsonElement IdOf(JsonElement message) =>
        message.ValueKind == JsonValueKind.Object && message.TryGetProperty("id", out var id) && id.ValueKind is JsonValueKind.String or JsonValueKind.Number ? id : default;
}

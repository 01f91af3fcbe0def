namespace Fangd.Protocols.Mcp.Client;

/// <summary>
/// An MCP server did not do what was asked. The message names no secret and may be shown. <paramref name="code"/> is the JSON-RPC code where the server
/// answered with an error; null when it did not answer, or not with sense.
/// </summary>
public sealed class McpException(string message, int? code = null, Exception? inner = null) : Exception(message, inner)
{
    public int? Code => code;

    /// <summary>The connection is of no use any more.</summary>
    public bool IsBroken { get; init; }

    /// <summary>The HTTP status of a refusal, where the transport has one.</summary>
    public int? Status { get; init; }
}

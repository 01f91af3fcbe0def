using System.Text.Json;

namespace Fangd.Protocols.Mcp.Serving;

/// <summary>The way back to the client while a request is under way.</summary>
public interface IMcpChannel
{
    /// <summary>Sends a notification; lost where the client takes nothing but the answer.</summary>
    ValueTask Notify(string method, Action<Utf8JsonWriter> writeParams, CancellationToken cancel);

    /// <summary>
    /// Sends a request to the client and waits for its answer; only with a handshake and a session. Throws <see cref="McpFault"/> when the
    /// client refuses or cannot be asked.
    /// </summary>
    Task<JsonElement> Ask(string method, Action<Utf8JsonWriter> writeParams, CancellationToken cancel);
}

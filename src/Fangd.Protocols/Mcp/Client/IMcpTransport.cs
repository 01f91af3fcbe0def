using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>Carries messages to one server and back. Safe for concurrent requests. Failures are <see cref="McpException"/>.</summary>
public interface IMcpTransport : IAsyncDisposable
{
    /// <summary>Sends a request and waits for its result; an error of the server is thrown.</summary>
    Task<JsonElement> Request(McpCall call, CancellationToken cancel);

    /// <summary>Sends a message that is not answered.</summary>
    Task Send(McpCall notification, CancellationToken cancel);

    /// <summary>The handshake is done: later messages carry the version, and a stream for the server's own messages may be opened.</summary>
    void Begun(string version);

    /// <summary>Called for each notification and request of the server; a request is answered with what comes of the task. Must not block.</summary>
    Func<JsonElement, Task<byte[]?>?>? Heard { get; set; }

    /// <summary>Ends when the connection does, with the reason; never for transports that connect anew for each request.</summary>
    Task<string> Closed { get; }
}

/// <summary>A message to a server. <paramref name="Id"/> is 0 for a notification; <paramref name="Name"/> is the tool, prompt or resource that it names.</summary>
public sealed record McpCall(long Id, string Method, string? Name, ReadOnlyMemory<byte> Json)
{
    /// <summary>Without a handshake: the version that each request names.</summary>
    public string? StatelessVersion { get; init; }

    /// <summary>Arguments that the tool wants as headers too, where there are such.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
}

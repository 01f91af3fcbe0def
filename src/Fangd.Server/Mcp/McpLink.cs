using Fangd.Protocols.Mcp.Client;
using Fangd.Server.Mcp.Authorization;

namespace Fangd.Server.Mcp;

/// <summary>One live connection: a program or an address, and the client that speaks over it.</summary>
internal sealed class McpLink : IAsyncDisposable
{
    private readonly McpProcess? _process;
    private readonly IMcpTransport _transport;
    private TaskCompletionSource _toolsChanged = Signal();

    private McpLink(IMcpTransport transport, McpProcess? process, McpClientIdentity identity)
    {
        (_transport, _process) = (transport, process);
        Client = new McpClient(transport, identity) { ToolsChanged = () => Volatile.Read(ref _toolsChanged).TrySetResult() };
    }

    public McpClient Client { get; }

    /// <summary>Ends when the server went away.</summary>
    public Task<string> Ended => _transport.Closed;

    /// <summary>Set when a call found that the connection is of no use any more.</summary>
    public TaskCompletionSource<string> Broken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the server says that its tools changed, after <see cref="HearOfTools"/>.</summary>
    public Task ToolsChanged => Volatile.Read(ref _toolsChanged).Task;

    /// <summary>Throws <see cref="McpException"/> when the program cannot be started.</summary>
    public static async Task<McpLink> Open(McpServerSettings settings, McpPieces pieces, McpAuthorization? authorization, CancellationToken cancel)
    {
        if (settings.Transport == McpTransportKind.Stdio)
        {
            var process = await McpProcess.Start(settings, pieces, cancel);
            return new McpLink(process.Transport, process, pieces.Identity);
        }

        return new McpLink(new HttpTransport(authorization?.Over(pieces.Http()) ?? pieces.Http(), new Uri(settings.Url!), () => CredentialHeaders.Resolve(settings.Headers, pieces.LookUp)), null, pieces.Identity);
    }

    public void HearOfTools() => Volatile.Write(ref _toolsChanged, Signal());

    /// <summary>A failure with what the program last said of it.</summary>
    public string Complain(string reason) => _process?.Complaint is { Length: > 0 } complaint ? $"{reason} ({complaint})" : reason;

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        else
            await _transport.DisposeAsync();
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

using Fangd.Protocols.Mcp.Client;
using Fangd.Server.Mcp.Authorization;

namespace Fangd.Server.Mcp;

/// <summary>One live connection: a program or an address, and the client that speaks over it.</summary>
internal sealed class McpLink : IAsyncDisposable
{
    private readonly McpProcess? _process;
    private readonly IMcpTransport _transport;
    // Never disposed: a last message may set it after the end, and it holds nothing.
    private readonly CancellationTokenSource _flooded = new();
    private TaskCompletionSource _listsChanged = Signal();

    private McpLink(IMcpTransport transport, McpProcess? process, McpClientIdentity identity, McpGrants grants)
    {
        (_transport, _process) = (transport, process);
        Client = new McpClient(transport, identity, grants)
        {
            ListsChanged = () => Volatile.Read(ref _listsChanged).TrySetResult(),
            Flooded = reason =>
            {
                Broken.TrySetResult(reason);
                // Not on this thread, which reads the server: what follows ends the link.
                _ = _flooded.CancelAsync();
            },
        };
    }

    public McpClient Client { get; }

    /// <summary>Ends when the server went away.</summary>
    public Task<string> Ended => _transport.Closed;

    /// <summary>Set when it was found that the connection is of no use any more.</summary>
    public TaskCompletionSource<string> Broken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set when the server says so much that nothing it says is worth waiting for; <see cref="Broken"/> has the reason.</summary>
    public CancellationToken Flooded => _flooded.Token;

    /// <summary>Ends when the server says that its tools, resources or prompts changed, after <see cref="HearOfChanges"/>.</summary>
    public Task ListsChanged => Volatile.Read(ref _listsChanged).Task;

    /// <summary>Throws <see cref="McpException"/> when the program cannot be started, or the stream of an address not be opened.</summary>
    public static async Task<McpLink> Open(McpServerSettings settings, McpTransportKind kind, McpPieces pieces, McpAuthorization? authorization, CancellationToken cancel)
    {
        var grants = new McpGrants(settings.Sampling, settings.AcceptDefaults);
        if (kind == McpTransportKind.Stdio)
        {
            var process = await McpProcess.Start(settings, pieces, cancel);
            return new McpLink(process.Transport, process, pieces.Identity, grants);
        }

        var (http, url) = (authorization?.Over(pieces.Http()) ?? pieces.Http(), new Uri(settings.Url!));
        IMcpTransport transport = kind == McpTransportKind.Sse
            ? await SseTransport.Open(http, url, Headers, cancel)
            : new HttpTransport(http, url, Headers, pieces.Time);
        return new McpLink(transport, null, pieces.Identity, grants);

        IEnumerable<KeyValuePair<string, string>> Headers() => CredentialHeaders.Resolve(settings.Headers, pieces.LookUp);
    }

    public void HearOfChanges() => Volatile.Write(ref _listsChanged, Signal());

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

using Fangd.Server.Http;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Mcp.Authorization;

/// <summary>The grant of one server: in memory for its requests, and in the vault for the next start.</summary>
internal sealed partial class HeldGrant(string server, Uri url, McpGrantStore store, ILogger log)
{
    private readonly ILogger _log = log;

    // Guards _grant and _isLoaded.
    private readonly Lock _gate = new();
    private McpGrant? _grant;
    private bool _isLoaded;

    public McpGrant? Now
    {
        get
        {
            lock (_gate)
            {
                if (!_isLoaded)
                    (_grant, _isLoaded) = (store.Find(server, url), true);
                return _grant;
            }
        }
    }

    /// <summary>Where nothing was found, the vault may have been locked.</summary>
    public void LookAgain()
    {
        lock (_gate)
            _isLoaded = _grant is not null;
    }

    /// <summary>It is on the disk when this returns; what the vault says against it is thrown, and then nothing changed.</summary>
    public async Task Keep(McpGrant grant)
    {
        await store.Put(server, grant);
        Hold(grant);
    }

    /// <summary>
    /// Puts what a renewal gave in the place of the old, unless that is no more. It is used even where it cannot be kept: the old tokens are void.
    /// </summary>
    public async Task Renew(McpGrant old, McpGrant renewed)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_grant, old))
                return;
            _grant = renewed;
        }

        try
        {
            await store.Put(server, renewed);
            // Whoever revoked it meanwhile must not find it again after the next start.
            if (Now is null)
                await store.Remove(server);
        }
        catch (Exception refused) when (refused is ApiException or IOException or UnauthorizedAccessException)
        {
            NotKept(server, refused.Message);
        }
    }

    /// <summary>For what can be had again as easily as kept.</summary>
    public void Hold(McpGrant grant)
    {
        lock (_gate)
            (_grant, _isLoaded) = (grant, true);
    }

    public Task Forget()
    {
        lock (_gate)
            (_grant, _isLoaded) = (null, true);
        return store.Remove(server);
    }

    [LoggerMessage(LogLevel.Error, "MCP server {Server}: the renewed token could not be kept and is lost with the next restart: {Reason}.")]
    private partial void NotKept(string server, string reason);
}

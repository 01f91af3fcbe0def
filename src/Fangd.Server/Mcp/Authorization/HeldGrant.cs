using Fangd.Server.Http;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Mcp.Authorization;

/// <summary>The grant of one server: in memory for its requests, and in the vault for the next start.</summary>
internal sealed partial class HeldGrant(string server, Uri url, McpGrantStore store, ILogger log)
{
    private readonly ILogger _log = log;

    // Guards _grant and _isLoaded.
    private readonly Lock _gate = new();
    // Held while memory and vault are changed together, so that a renewal does not bring back what was revoked meanwhile.
    private readonly SemaphoreSlim _changing = new(1, 1);
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
        await _changing.WaitAsync(CancellationToken.None);
        try
        {
            await store.Put(server, grant);
            Hold(grant);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>
    /// Puts what a renewal gave in the place of the old, unless that is no more. It is used even where it cannot be kept: the old tokens are void.
    /// </summary>
    public async Task Renew(McpGrant old, McpGrant renewed)
    {
        await _changing.WaitAsync(CancellationToken.None);
        try
        {
            if (!ReferenceEquals(Now, old))
                return;
            Hold(renewed);
            await store.Put(server, renewed);
        }
        catch (Exception refused) when (refused is ApiException or IOException or UnauthorizedAccessException)
        {
            NotKept(server, refused.Message);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>For what can be had again as easily as kept.</summary>
    public void Hold(McpGrant grant)
    {
        lock (_gate)
            (_grant, _isLoaded) = (grant, true);
    }

    public async Task Forget()
    {
        await _changing.WaitAsync(CancellationToken.None);
        try
        {
            await store.Remove(server);
            lock (_gate)
                (_grant, _isLoaded) = (null, true);
        }
        finally
        {
            _changing.Release();
        }
    }

    [LoggerMessage(LogLevel.Error, "MCP server {Server}: the renewed token could not be kept and is lost with the next restart: {Reason}.")]
    private partial void NotKept(string server, string reason);
}

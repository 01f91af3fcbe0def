using Fangd.Protocols.Mcp.Client;
using Fangd.Server.Mcp.Authorization;

namespace Fangd.Server.Mcp;

/// <summary>Makes connections to one server, as its settings say.</summary>
internal sealed class McpDialer(McpServerSettings settings, McpPieces pieces)
{
    private static readonly TimeSpan _timeToConnect = TimeSpan.FromSeconds(30);

    /// <summary>How the server lets fangd in; null for one that is asked with what its settings say, or that is a program.</summary>
    public McpAuthorization? Authorization { get; } = pieces.Authorize(settings);

    /// <summary>The first variable that the settings name and that has no value; null when nothing is missing.</summary>
    public string? Missing()
    {
        foreach (var entry in settings.Env)
        {
            if (!entry.Contains('=') && string.IsNullOrEmpty(pieces.LookUp(entry)))
                return entry;
        }

        if (settings.OAuth?.ClientSecretEnv is { } secret && string.IsNullOrEmpty(pieces.LookUp(secret)))
            return secret;

        foreach (var header in settings.Headers)
        {
            foreach (var variable in CredentialHeaders.Variables(header))
            {
                if (string.IsNullOrEmpty(pieces.LookUp(variable)))
                    return variable;
            }
        }

        return null;
    }

    /// <summary>
    /// A connection that was greeted. A server that knows no POST may be one of 2024-11-05, at the same address (2025-11-25, "Backwards
    /// Compatibility"). Throws <see cref="McpException"/>, also when that took more than half a minute.
    /// </summary>
    /// <param name="greet">What else has to work before the connection counts as made.</param>
    /// <param name="end">Ends the attempt.</param>
    public async Task<McpLink> Dial(Func<McpLink, CancellationToken, Task> greet, CancellationToken end)
    {
        try
        {
            return await Dial(settings.Transport, greet, end);
        }
        catch (McpException refused) when (settings.Transport == McpTransportKind.Http && refused.Status is 400 or 404 or 405)
        {
            try
            {
                return await Dial(McpTransportKind.Sse, greet, end);
            }
            catch (McpException)
            {
                throw refused;
            }
        }
    }

    private async Task<McpLink> Dial(McpTransportKind transport, Func<McpLink, CancellationToken, Task> greet, CancellationToken end)
    {
        using var soon = new CancellationTokenSource(_timeToConnect, pieces.Time);
        using var inTime = CancellationTokenSource.CreateLinkedTokenSource(end, soon.Token);
        McpLink? link = null;
        try
        {
            link = await McpLink.Open(settings, transport, pieces, Authorization, inTime.Token);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(inTime.Token, link.Flooded);
            await link.Client.Begin(both.Token);
            await greet(link, both.Token);
            return link;
        }
        catch (Exception failed)
        {
            var reason = failed is not OperationCanceledException ? failed.Message
                : link?.Flooded.IsCancellationRequested == true ? await link.Broken.Task
                : $"the server did not answer within {_timeToConnect.TotalSeconds:0} s";
            var complaint = link?.Complain(reason) ?? reason;
            if (link is not null)
                await link.DisposeAsync();
            end.ThrowIfCancellationRequested();
            if (failed is OperationCanceledException)
                throw new McpException(complaint, inner: failed);
            if (failed is McpException { Code: var code, Status: var status })
                throw new McpException(complaint, code, failed) { Status = status };
            throw;
        }
    }
}

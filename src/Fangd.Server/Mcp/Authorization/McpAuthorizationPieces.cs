using Fangd.Engine.Audit;
using Fangd.Engine.Outbound;
using Fangd.Protocols.OAuth;
using Fangd.Server.Config;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Mcp.Authorization;

/// <summary>What all authorizations share.</summary>
internal sealed class McpAuthorizationPieces
{
    public required OutboundHttp Outbound { get; init; }

    public required McpGrantStore Grants { get; init; }

    public required PendingAuthorizations Pending { get; init; }

    /// <summary>Who fangd is where its owner registered it by hand.</summary>
    public required OAuthConfig Config { get; init; }

    /// <summary>Finds a credential by the name of its variable.</summary>
    public required Func<string, string?> LookUp { get; init; }

    public required IAuditTrail Audit { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Log { get; init; }

    /// <summary>Ends what is under way for no caller in particular.</summary>
    public required CancellationToken Stopping { get; init; }

    /// <summary>Null for programs, and for servers that get a credential out of their settings.</summary>
    public McpAuthorization? For(McpServerSettings settings)
    {
        if (settings.Url is null || settings.Headers.Any(header => header.StartsWith("Authorization:", StringComparison.OrdinalIgnoreCase)))
            return null;
        var url = new Uri(settings.Url);
        var known = new List<Uri> { url };
        foreach (var address in settings.OAuth?.Addresses ?? [])
            known.Add(new Uri(address));
        IOAuthHttp http = new AuthorizationHttp(Outbound, known, Time);
        return new McpAuthorization(settings, url, new OAuthParties(settings, http, Config, LookUp), this);
    }
}

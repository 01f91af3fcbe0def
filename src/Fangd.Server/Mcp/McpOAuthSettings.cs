using System.Text.Json.Serialization;
using Fangd.Server.Http;

namespace Fangd.Server.Mcp;

/// <summary>What a server over HTTP does not say of its authorization, or what is not to be left to it. The secret is in it by its name only.</summary>
public sealed partial record McpOAuthSettings : IAnswer, IRequest<McpOAuthSettings>
{
    /// <summary>Where fangd was registered by hand.</summary>
    public string? ClientId { get; init; }

    /// <summary>The credential that goes with the id.</summary>
    public string? ClientSecretEnv { get; init; }

    /// <summary>The only authorization server that will do, and one that may be in the own network.</summary>
    public string? Issuer { get; init; }

    /// <summary>What to ask for in place of what the server lists, between spaces.</summary>
    public string? Scopes { get; init; }

    /// <summary>For an authorization server that publishes nothing of itself: where the browser goes.</summary>
    public string? AuthUrl { get; init; }

    /// <summary>As <see cref="AuthUrl"/>: where tokens come from.</summary>
    public string? TokenUrl { get; init; }

    /// <summary>Where the browser comes back to, when that is not the daemon's own address on this machine.</summary>
    public string? RedirectUrl { get; init; }

    /// <summary>fangd comes for itself, and no user is asked (<c>grant_type = "client_credentials"</c>).</summary>
    public bool IsForClient { get; init; }

    /// <summary>All addresses that stand in it.</summary>
    [JsonIgnore]
    public IEnumerable<string> Addresses => new[] { Issuer, AuthUrl, TokenUrl }.OfType<string>();
}

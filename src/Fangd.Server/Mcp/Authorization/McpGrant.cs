using Fangd.Protocols.OAuth;
using Fangd.Server.Http;

namespace Fangd.Server.Mcp.Authorization;

/// <summary>
/// What fangd has at the authorization server of one MCP server: who it is there, and, once its user has agreed, the tokens. It is for that one resource and
/// from that one issuer, and is kept in the vault alone. Immutable.
/// </summary>
internal sealed partial record McpGrant : IAnswer, IRequest<McpGrant>
{
    public required string Resource { get; init; }

    public required string Issuer { get; init; }

    public required string TokenEndpoint { get; init; }

    public string? RevocationEndpoint { get; init; }

    public required string ClientId { get; init; }

    /// <summary>Of a client that registered itself; others have theirs by name in the settings.</summary>
    public string? ClientSecret { get; init; }

    public required string ClientMethod { get; init; }

    /// <summary>What the client was registered with; null for one that did not register itself.</summary>
    public string? RegisteredFor { get; private init; }

    /// <summary>What was granted last, between spaces.</summary>
    public string? Scope { get; init; }

    public string? AccessToken { get; private init; }

    public string? RefreshToken { get; private init; }

    public DateTimeOffset? ExpiresAt { get; private init; }

    /// <summary>Without tokens: these come when the user agrees.</summary>
    public static McpGrant Of(OAuthOffer offer, OAuthClient client, string redirectUri, string? scope) => new()
    {
        Resource = offer.Resource,
        Issuer = offer.Server.Issuer,
        TokenEndpoint = offer.Server.TokenEndpoint.AbsoluteUri,
        RevocationEndpoint = offer.Server.RevocationEndpoint?.AbsoluteUri,
        ClientId = client.Id,
        ClientSecret = client.RegistersItself ? client.Secret : null,
        ClientMethod = client.Method,
        RegisteredFor = client.RegistersItself ? redirectUri : null,
        Scope = scope,
    };

    /// <summary>With new tokens; a server that sends no new refresh token lets the old one stand (RFC 6749 section 6).</summary>
    public McpGrant With(OAuthTokens tokens) => this with
    {
        AccessToken = tokens.AccessToken,
        RefreshToken = tokens.RefreshToken ?? RefreshToken,
        ExpiresAt = tokens.ExpiresAt,
        Scope = tokens.Scope ?? Scope,
    };

    /// <summary>A client that is not registered any more registers anew.</summary>
    public McpGrant WithoutTokens(bool isRegistered) =>
        this with { AccessToken = null, RefreshToken = null, ExpiresAt = null, RegisteredFor = isRegistered ? RegisteredFor : null };

    /// <summary>Nothing of it belongs into a log.</summary>
    public override string ToString() => $"grant of {Issuer}";
}

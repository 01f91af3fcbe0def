using Fangd.Protocols.OAuth;
using Fangd.Server.Http;

namespace Fangd.Server.Mcp.Authorization;

/// <summary>
/// What fangd has at the authorization server of one MCP server: who it is there, and, once its user has agreed, the tokens. It is for that one resource and
/// from that one issuer, and is kept in the vault alone.
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
    public string? RegisteredFor { get; init; }

    /// <summary>What was granted last, between spaces.</summary>
    public string? Scope { get; init; }

    public string? AccessToken { get; init; }

    public string? RefreshToken { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>With new tokens; a server that sends no new refresh token lets the old one stand (RFC 6749 section 6).</summary>
    public McpGrant With(OAuthTokens tokens, string? asked) => this with
    {
        AccessToken = tokens.AccessToken,
        RefreshToken = tokens.RefreshToken ?? RefreshToken,
        ExpiresAt = tokens.ExpiresAt,
        Scope = tokens.Scope ?? asked ?? Scope,
    };

    public McpGrant WithoutTokens() => this with { AccessToken = null, RefreshToken = null, ExpiresAt = null };

    /// <summary>Nothing of it belongs into a log.</summary>
    public override string ToString() => $"grant of {Issuer}";
}

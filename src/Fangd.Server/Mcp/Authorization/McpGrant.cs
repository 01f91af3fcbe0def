using System.Buffers;
using System.Text;
using System.Text.Json;
using Fangd.Protocols.OAuth;

namespace Fangd.Server.Mcp.Authorization;

/// <summary>
/// What fangd has at the authorization server of one MCP server: who it is there, and, once its user has agreed, the tokens. It is for that one resource and
/// from that one issuer, and is kept in the vault alone. Immutable.
/// </summary>
internal sealed class McpGrant
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
    public McpGrant With(OAuthTokens tokens) =>
        Copy(tokens.AccessToken, tokens.RefreshToken ?? RefreshToken, tokens.ExpiresAt, tokens.Scope ?? Scope, RegisteredFor);

    /// <summary>A client that is not registered any more registers anew.</summary>
    public McpGrant WithoutTokens(bool isRegistered) => Copy(null, null, null, Scope, isRegistered ? RegisteredFor : null);

    /// <summary>As the vault has it.</summary>
    public string Write()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("resource", Resource);
        json.WriteString("issuer", Issuer);
        json.WriteString("token_endpoint", TokenEndpoint);
        json.WriteString("revocation_endpoint", RevocationEndpoint);
        json.WriteString("client_id", ClientId);
        json.WriteString("client_secret", ClientSecret);
        json.WriteString("client_method", ClientMethod);
        json.WriteString("registered_for", RegisteredFor);
        json.WriteString("scope", Scope);
        json.WriteString("access_token", AccessToken);
        json.WriteString("refresh_token", RefreshToken);
        json.WriteNumber("expires_at", ExpiresAt?.ToUnixTimeSeconds() ?? 0);
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static McpGrant Read(string text)
    {
        using var document = JsonDocument.Parse(text);
        var json = document.RootElement;
        return new McpGrant
        {
            Resource = Text("resource")!,
            Issuer = Text("issuer")!,
            TokenEndpoint = Text("token_endpoint")!,
            RevocationEndpoint = Text("revocation_endpoint"),
            ClientId = Text("client_id")!,
            ClientSecret = Text("client_secret"),
            ClientMethod = Text("client_method")!,
            RegisteredFor = Text("registered_for"),
            Scope = Text("scope"),
            AccessToken = Text("access_token"),
            RefreshToken = Text("refresh_token"),
            ExpiresAt = json.GetProperty("expires_at").GetInt64() is > 0 and var seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
        };

        string? Text(string name) => json.GetProperty(name).GetString();
    }

    private McpGrant Copy(string? access, string? refresh, DateTimeOffset? end, string? scope, string? registeredFor) => new()
    {
        Resource = Resource,
        Issuer = Issuer,
        TokenEndpoint = TokenEndpoint,
        RevocationEndpoint = RevocationEndpoint,
        ClientId = ClientId,
        ClientSecret = ClientSecret,
        ClientMethod = ClientMethod,
        RegisteredFor = registeredFor,
        Scope = scope,
        AccessToken = access,
        RefreshToken = refresh,
        ExpiresAt = end,
    };
}

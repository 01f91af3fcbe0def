using Fangd.Protocols.OAuth;
using Fangd.Server.Config;

namespace Fangd.Server.Mcp.Authorization;

/// <summary>Who is on the two ends of an authorization: the server that gives tokens, and what fangd is there.</summary>
internal sealed class OAuthParties(McpServerSettings settings, IOAuthHttp http, OAuthConfig config, Func<string, string?> lookUp)
{
    private const string ClientName = "fangd";

    private readonly McpOAuthSettings _own = settings.OAuth ?? new McpOAuthSettings();

    public IOAuthHttp Http => http;

    /// <summary>Null when nothing there speaks of OAuth.</summary>
    public async Task<OAuthOffer?> Offer(Uri url, BearerChallenge? challenge, CancellationToken cancel)
    {
        if (_own.TokenUrl is not { } token)
            return await new OAuthDiscovery(http).Find(url, challenge, _own.Issuer, cancel);
        var server = new AuthorizationServer
        {
            Issuer = _own.Issuer ?? new Uri(token).GetLeftPart(UriPartial.Authority),
            AuthorizationEndpoint = _own.AuthUrl is { } auth ? new Uri(auth) : null,
            TokenEndpoint = new Uri(token),
            KnowsS256 = true,
        };
        return new OAuthOffer(ResourceId.Of(url), server, null);
    }

    /// <summary>
    /// In the order of MCP's specification: who was registered by hand, then the document about fangd, then who registered itself, now or before. Clients of
    /// one authorization server are nothing to another.
    /// </summary>
    public async Task<OAuthClient> Client(OAuthOffer offer, McpGrant? before, string redirectUri, CancellationToken cancel)
    {
        var server = offer.Server;
        if ((_own.ClientId ?? config.IdAt(server.Issuer)) is { } known)
        {
            if (_own.Issuer is null && _own.TokenUrl is null && _own.ClientId is not null && before is not null && before.Issuer != server.Issuer)
                throw new OAuthException($"the server now names the authorization server {server.Issuer}, and the client_id is for {before.Issuer}: set oauth.issuer to the right one");
            var secret = Secret();
            return new OAuthClient(known, secret, OAuthMethods.For(secret, server.AuthMethods));
        }

        if (server.TakesMetadataDocuments && config.ClientMetadataUrl is { } document)
            return new OAuthClient(document, null, OAuthMethods.None);
        if (before is not null && before.Issuer == server.Issuer && before.RegisteredFor == redirectUri)
            return Client(before);
        if (server.RegistrationEndpoint is null)
            throw new OAuthException($"{server.Issuer} does not let clients register by themselves: register fangd there by hand, for {redirectUri}, and set the client_id that it gives in the server's oauth settings");
        return await ClientRegistration.Register(http, server, ClientName, redirectUri, cancel);
    }

    /// <summary>The client that a grant was given to.</summary>
    public OAuthClient Client(McpGrant grant) =>
        new(grant.ClientId, grant.ClientMethod == OAuthMethods.None ? null : grant.ClientSecret ?? Secret(), grant.ClientMethod) { RegistersItself = grant.RegisteredFor is not null };

    public TokenEndpoint Tokens(McpGrant grant) => new(http, new Uri(grant.TokenEndpoint), Client(grant), grant.Resource);

    private string? Secret()
    {
        if (_own.ClientSecretEnv is not { } name)
            return null;
        return lookUp(name) ?? throw new OAuthException($"{name} is missing: set it in the daemon's environment or with fangd vault set {name}");
    }
}

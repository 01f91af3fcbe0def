using Fangd.Engine.Audit;
using Fangd.Protocols.Mcp.Client;
using Fangd.Protocols.OAuth;
using Fangd.Server.Http;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Mcp.Authorization;

/// <summary>
/// How one server lets fangd in: its user is asked once, over <see cref="Start"/> and <see cref="Complete"/>, and tokens are renewed behind the requests from
/// then on. One renewal at a time: a refresh token works once.
/// </summary>
internal sealed partial class McpAuthorization(McpServerSettings settings, Uri url, OAuthParties parties, McpAuthorizationPieces pieces) : IMcpAuthorizer
{
    /// <summary>A token that ends this soon is renewed first: it might end on the way.</summary>
    private static readonly TimeSpan _margin = TimeSpan.FromSeconds(30);

    /// <summary>With these a server says that a grant is over; with others, that it has troubles of its own (RFC 6749 section 5.2).</summary>
    private static readonly string[] _final = ["invalid_grant", "invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "access_denied"];

    private readonly ILogger _log = pieces.Log;
    private readonly HeldGrant _held = new(settings.Name, url, pieces.Grants, pieces.Log);

    // Guards _renewing.
    private readonly Lock _gate = new();
    private Task<string?>? _renewing;
    private volatile BearerChallenge? _challenge;
    private volatile string? _need;
    private volatile string? _missingScope;

    /// <summary>What somebody has to do before the server lets fangd in; null when nobody has to.</summary>
    public string? Need => _need;

    /// <summary>What somebody has to do before all of the server can be used.</summary>
    public string? Wish => _need ?? (_missingScope is { } scope ? $"it wants more permission ({scope}): {Advice}" : null);

    public bool IsForClient => settings.OAuth?.IsForClient == true;

    /// <summary>What is known of it now.</summary>
    public McpGrant? Grant => _held.Now;

    private string Advice => $"run fangd mcp auth {settings.Name}, or POST /api/mcp/servers/{settings.Name}/auth/start";

    /// <summary>The client for this server's requests.</summary>
    public HttpClient Over(HttpClient http) => new(new AuthorizedHandler(http, url, this)) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>A new connection finds out anew what the server wants.</summary>
    public void BeginAnew()
    {
        _need = null;
        _held.LookAgain();
    }

    public async ValueTask<string?> Token(CancellationToken cancel)
    {
        if (Grant is not { AccessToken: { } token } grant)
            return null;
        if (grant.ExpiresAt is not { } end || end - pieces.Time.GetUtcNow() > _margin || !CanRenew(grant))
            return token;
        try
        {
            return await Renew(token).WaitAsync(cancel);
        }
        catch (OAuthException) when (end > pieces.Time.GetUtcNow())
        {
            return token;
        }
        catch (OAuthException failed)
        {
            throw new McpException($"its token could not be renewed: {failed.Message}", inner: failed) { IsBroken = true };
        }
    }

    public async Task<string?> Answer(McpRefusal refusal, CancellationToken cancel)
    {
        try
        {
            if (refusal.Status != 401)
                return refusal.Challenge?.Error == "insufficient_scope" ? await Insufficient(refusal.Challenge, cancel) : null;
            _challenge = refusal.Challenge ?? _challenge;
            var grant = Grant;
            if (grant?.AccessToken is { } current && current != refusal.Token)
                return current;
            // A token that is refused as soon as it is there is no matter of its age.
            if (CanRenew(grant) && !refusal.IsAgain && await Renew(refusal.Token).WaitAsync(cancel) is { } token && token != refusal.Token)
                return token;
            if (grant is null && settings.OAuth is null && await parties.Offer(url, _challenge, cancel) is null)
                return null;
            var need = IsForClient ? "its authorization server gives tokens that it does not take" : $"it needs authorization: {Advice}";
            _need = need;
            throw new McpException(need) { IsBroken = true, Status = refusal.Status };
        }
        catch (OAuthException failed)
        {
            throw new McpException($"it cannot be authorized: {failed.Message}", inner: failed) { IsBroken = true, Status = refusal.Status };
        }
    }

    /// <summary>
    /// Begins to ask the user: what their browser has to open. Throws <see cref="OAuthException"/>, and <see cref="ApiException"/> when the
    /// vault cannot keep what would come of it.
    /// </summary>
    public async Task<string> Start(string redirectUri, CancellationToken cancel)
    {
        pieces.Grants.DemandVault(settings.Name);
        var offer = await parties.Offer(url, _challenge, cancel) ?? new OAuthOffer(ResourceId.Of(url), AuthorizationServer.ByDefault(url), null);
        var before = Grant;
        var client = await parties.Client(offer, before, redirectUri, cancel);
        var granted = before?.Issuer == offer.Server.Issuer ? before.Scope : null;
        var request = new AuthorizationRequest
        {
            Offer = offer,
            Client = client,
            RedirectUri = redirectUri,
            Scope = ScopeFor(offer, granted),
        };
        var address = request.Url();
        // Who fangd is there outlives the question, so that asking twice does not register twice; and it is known now whether the vault keeps things.
        if (before?.AccessToken is null)
            await _held.Keep(McpGrant.Of(offer, client, redirectUri, granted));
        pieces.Pending.Add(settings.Name, request);
        return address;
    }

    /// <summary>
    /// Takes the answer that the user's browser brought. False when it belongs to no question that is open. Throws <see cref="OAuthException"/> when it is no
    /// consent, and then too the question is over.
    /// </summary>
    public async Task<bool> Complete(Func<string, string?> answer)
    {
        if (answer("state") is not { } state || pieces.Pending.Take(settings.Name, state) is not { } request || !ResourceId.Covers(request.Offer.Resource, url))
            return false;
        try
        {
            var code = request.CodeOf(answer);
            var grant = McpGrant.Of(request.Offer, request.Client, request.RedirectUri, request.Scope);
            // Not the browser's patience: a code that was sent is used up.
            var tokens = await parties.Tokens(grant).Exchange(code, request.Verifier, request.RedirectUri, pieces.Stopping);
            await _held.Keep(grant.With(tokens));
            (_need, _missingScope) = (null, null);
            pieces.Pending.Drop(settings.Name);
            await Record($"MCP server {settings.Name} authorized by {grant.Issuer}, scopes: {tokens.Scope ?? request.Scope ?? "its own choice"}", "ok");
            return true;
        }
        catch (OAuthException refused)
        {
            await Record($"MCP server {settings.Name} not authorized: {refused.Message}", "failed");
            throw;
        }
    }

    /// <summary>Forgets what fangd has there, and tells the authorization server where that takes it. False when there was nothing.</summary>
    public async Task<bool> Revoke()
    {
        pieces.Pending.Drop(settings.Name);
        if (Grant is not { } grant)
            return false;
        var outcome = "ok";
        if (grant.RevocationEndpoint is { } endpoint && (grant.RefreshToken ?? grant.AccessToken) is { } token)
        {
            try
            {
                await TokenEndpoint.Revoke(parties.Http, new Uri(endpoint), parties.Client(grant), token, pieces.Stopping);
            }
            catch (OAuthException refused)
            {
                // Here they are forgotten all the same.
                NotRevoked(settings.Name, refused.Message);
                outcome = "not revoked at the server";
            }
        }

        await _held.Forget();
        _missingScope = null;
        await Record($"MCP server {settings.Name}: authorization by {grant.Issuer} revoked", outcome);
        return true;
    }

    /// <summary>What one request lacks its user is asked for when they want it; the connection stands.</summary>
    private Task<string?> Insufficient(BearerChallenge challenge, CancellationToken cancel)
    {
        var wanted = Scopes.Union(Grant?.Scope, challenge.Scope);
        if (IsForClient)
            return wanted == Grant?.Scope ? Task.FromResult<string?>(null) : ForClient(wanted, cancel);
        (_challenge, _missingScope) = (challenge, AuditText.OneLine(challenge.Scope ?? "it does not say which", 200));
        throw new McpException(Wish!) { Status = 403 };
    }

    /// <summary>What was granted before is asked for again, or it would be lost (2026-07-28, "Step-Up Authorization Flow").</summary>
    private string? ScopeFor(OAuthOffer offer, string? granted)
    {
        var asked = settings.OAuth?.Scopes is { } own ? Scopes.Union(own, _missingScope is null ? null : _challenge?.Scope) : _challenge?.Scope ?? offer.Scopes;
        return Scopes.Union(Scopes.Union(granted, asked), offer.Server.ScopesSupported.Contains("offline_access") ? "offline_access" : null);
    }

    private bool CanRenew(McpGrant? grant) => IsForClient || grant?.RefreshToken is not null;

    /// <summary>The one renewal that runs, or a new one; done at once when somebody else renewed the token meanwhile. Null when the grant is over.</summary>
    private Task<string?> Renew(string? used)
    {
        lock (_gate)
        {
            if (Grant?.AccessToken is { } other && other != used)
                return Task.FromResult<string?>(other);
            // It ends with the daemon and not with who asked first: a refresh token that was sent is used up.
            return _renewing is { IsCompleted: false } running ? running : _renewing = IsForClient ? ForClient(null, pieces.Stopping) : Refresh();
        }
    }

    private async Task<string?> Refresh()
    {
        if (Grant is not { RefreshToken: { } refresh } grant)
            return null;
        try
        {
            var renewed = grant.With(await parties.Tokens(grant).Refresh(refresh, pieces.Stopping));
            await _held.Renew(grant, renewed);
            return renewed.AccessToken;
        }
        catch (OAuthException ended) when (Array.IndexOf(_final, ended.Code) >= 0)
        {
            await _held.Renew(grant, grant.WithoutTokens(isRegistered: ended.Code != "invalid_client"));
            await Record($"MCP server {settings.Name}: token not renewed: {ended.Message}", "failed");
            return null;
        }
    }

    private async Task<string?> ForClient(string? scope, CancellationToken cancel)
    {
        var offer = await parties.Offer(url, _challenge, cancel) ?? throw new OAuthException("nothing there says which authorization server it has: set oauth.token_url");
        scope ??= ScopeFor(offer, null);
        var grant = McpGrant.Of(offer, await parties.Client(offer, Grant, "", cancel), "", scope);
        var tokens = await parties.Tokens(grant).ForClient(scope, cancel);
        _held.Hold(grant.With(tokens));
        return tokens.AccessToken;
    }

    private ValueTask Record(string detail, string outcome) =>
        pieces.Audit.Record(new AuditEntry(AuditAction.AuthAttempt, null, AuditText.OneLine(detail, 500), outcome));

    [LoggerMessage(LogLevel.Warning, "MCP server {Server}: its authorization server did not revoke the token: {Reason}.")]
    private partial void NotRevoked(string server, string reason);
}

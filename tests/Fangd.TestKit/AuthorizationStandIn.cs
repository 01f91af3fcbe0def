using System.Security.Cryptography;
using System.Text;

namespace Fangd.TestKit;

/// <summary>
/// An authorization server on loopback that is as strict as real ones: exact redirect addresses, PKCE, codes and refresh tokens that work once, tokens that are
/// bound to a resource. Its user agrees to everything.
/// </summary>
public sealed class AuthorizationStandIn : IAsyncDisposable
{
    private readonly WebStandIn web;
    private readonly Lock gate = new();
    private readonly Dictionary<string, (string? Secret, string RedirectUri)> clients = [];
    private readonly Dictionary<string, (string Client, string RedirectUri, string Challenge, string Resource, string Scope)> codes = [];
    private readonly Dictionary<string, (string Client, string Resource, string Scope)> refreshTokens = [];
    private readonly Dictionary<string, (string Resource, string Scope)> accessTokens = [];
    private readonly List<string> secrets = [];

    public AuthorizationStandIn() => web = new WebStandIn(Serve);

    public string Issuer => web.Url;

    /// <summary>Methods of PKCE that it announces, as JSON; empty for none.</summary>
    public string ChallengeMethods { get; set; } = """["S256"]""";

    /// <summary>Fields of its metadata in place of the true ones, or beside them.</summary>
    public string MoreMetadata { get; set; } = "";

    /// <summary>What its answers to the browser name for the issuer; null for itself.</summary>
    public string? AnswersAs { get; set; }

    /// <summary>Answers in place of what is done at a path.</summary>
    public Func<WebRequest, WebAnswer?> Instead { get; set; } = _ => null;

    /// <summary>How long its access tokens last, s, as it says; it forgets them by <see cref="ForgetAccessTokens"/> alone.</summary>
    public int Lifetime { get; set; } = 3600;

    /// <summary>Every secret that it has given away.</summary>
    public IReadOnlyList<string> Secrets
    {
        get
        {
            lock (gate)
                return [.. secrets];
        }
    }

    public int Count(string method, string path) => web.Requests.Count(request => request.Method == method && request.Path.Split('?')[0] == path);

    /// <summary>The scope of a token for a resource; null for a token that is none.</summary>
    public string? ScopeOf(string token, string resource)
    {
        lock (gate)
            return accessTokens.TryGetValue(token, out var known) && known.Resource == resource ? known.Scope : null;
    }

    public void ForgetAccessTokens()
    {
        lock (gate)
            accessTokens.Clear();
    }

    public void ForgetRefreshTokens()
    {
        lock (gate)
            refreshTokens.Clear();
    }

    /// <summary>Registers a client by hand.</summary>
    public void Register(string id, string secret)
    {
        lock (gate)
            clients[id] = (secret, "");
    }

    public ValueTask DisposeAsync() => web.DisposeAsync();

    private WebAnswer Serve(WebRequest request)
    {
        lock (gate)
        {
            if (Instead(request) is { } other)
                return other;
            var path = request.Path.Split('?')[0];
            return (request.Method, path) switch
            {
                ("GET", "/.well-known/oauth-authorization-server") => WebAnswer.Json(Metadata()),
                ("POST", "/register") => Register(request),
                ("GET", "/authorize") => Authorize(Form(request.Path[(path.Length + 1)..])),
                ("POST", "/token") => Token(request, Form(request.Body)),
                ("POST", "/revoke") => Revoke(Form(request.Body)),
                _ => WebAnswer.Json("""{"error": "not_found"}""", 404),
            };
        }
    }

    private string Metadata() => $$"""
        {
          {{(ChallengeMethods.Length > 0 ? $"\"code_challenge_methods_supported\": {ChallengeMethods}," : "")}}
          "issuer": "{{Issuer}}",
          "authorization_endpoint": "{{Issuer}}/authorize",
          "token_endpoint": "{{Issuer}}/token",
          "registration_endpoint": "{{Issuer}}/register",
          "revocation_endpoint": "{{Issuer}}/revoke",
          "authorization_response_iss_parameter_supported": true,
          "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"]
          {{MoreMetadata}}
        }
        """;

    private WebAnswer Register(WebRequest request)
    {
        var body = FakeJson.Parse(request.Body);
        var id = "client-" + clients.Count;
        clients[id] = (null, body.GetProperty("redirect_uris")[0].GetString()!);
        return WebAnswer.Json($$"""{"client_id": "{{id}}", "token_endpoint_auth_method": "none"}""", 201);
    }

    private WebAnswer Authorize(Dictionary<string, string> query)
    {
        if (!clients.TryGetValue(query["client_id"], out var client) || (client.RedirectUri.Length > 0 && client.RedirectUri != query["redirect_uri"]))
            return WebAnswer.Json("""{"error": "invalid_request"}""", 400);
        if (query.GetValueOrDefault("code_challenge_method") != "S256" || query.GetValueOrDefault("response_type") != "code")
            return WebAnswer.Json("""{"error": "unsupported_response_type"}""", 400);
        var code = Secret();
        codes[code] = (query["client_id"], query["redirect_uri"], query["code_challenge"], query["resource"], query.GetValueOrDefault("scope", ""));
        return WebAnswer.Redirect($"{query["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(query["state"])}&iss={Uri.EscapeDataString(AnswersAs ?? Issuer)}");
    }

    private WebAnswer Token(WebRequest request, Dictionary<string, string> form)
    {
        if (ClientOf(request, form) is not { } client)
            return Refuse("invalid_client", 401);
        switch (form["grant_type"])
        {
            case "authorization_code" when codes.Remove(form["code"], out var code):
                var challenge = Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"]))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
                return code.Client == client && code.RedirectUri == form["redirect_uri"] && code.Challenge == challenge && code.Resource == form["resource"]
                    ? Give(client, code.Resource, code.Scope)
                    : Refuse("invalid_grant", 400);
            case "refresh_token" when refreshTokens.Remove(form["refresh_token"], out var refresh) && refresh.Client == client && refresh.Resource == form["resource"]:
                return Give(client, refresh.Resource, refresh.Scope);
            case "client_credentials" when clients[client].Secret is not null:
                return Give(client, form["resource"], form.GetValueOrDefault("scope", ""), isRefreshable: false);
            default:
                return Refuse("invalid_grant", 400);
        }
    }

    private WebAnswer Give(string client, string resource, string scope, bool isRefreshable = true)
    {
        var (access, refresh) = (Secret(), Secret());
        accessTokens[access] = (resource, scope);
        if (isRefreshable)
            refreshTokens[refresh] = (client, resource, scope);
        return WebAnswer.Json($$"""
            {"access_token": "{{access}}", "token_type": "bearer", "expires_in": {{Lifetime}}, "scope": "{{scope}}"{{(isRefreshable ? $", \"refresh_token\": \"{refresh}\"" : "")}}}
            """);
    }

    private WebAnswer Revoke(Dictionary<string, string> form)
    {
        if (refreshTokens.Remove(form["token"]))
            accessTokens.Clear();
        return WebAnswer.Json("{}");
    }

    private string? ClientOf(WebRequest request, Dictionary<string, string> form)
    {
        var (id, secret) = (form.GetValueOrDefault("client_id"), (string?)null);
        if (request.Headers.TryGetValue("Authorization", out var header) && header.StartsWith("Basic ", StringComparison.Ordinal))
        {
            var pair = Encoding.UTF8.GetString(Convert.FromBase64String(header[6..])).Split(':');
            (id, secret) = (Uri.UnescapeDataString(pair[0]), Uri.UnescapeDataString(pair[1]));
        }

        return id is not null && clients.TryGetValue(id, out var client) && client.Secret == secret ? id : null;
    }

    private string Secret()
    {
        var secret = Convert.ToHexString(RandomNumberGenerator.GetBytes(20));
        secrets.Add(secret);
        return secret;
    }

    private static WebAnswer Refuse(string error, int status) => WebAnswer.Json($$"""{"error": "{{error}}"}""", status);

    private static Dictionary<string, string> Form(string text) => text
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1].Replace('+', ' ')), StringComparer.Ordinal);
}

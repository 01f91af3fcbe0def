using System.Text.Json;
using Fangd.Server.Config;
using Fangd.Server.Http;

namespace Fangd.Server.Mcp;

/// <summary>Reads a server's <c>oauth</c>, out of a request and out of the configuration.</summary>
internal static class McpOAuthReader
{
    private const string UserGrant = "authorization_code";
    private const string ClientGrant = "client_credentials";

    private static readonly string[] _keys = ["client_id", "client_secret_env", "issuer", "scopes", "auth_url", "token_url", "redirect_url", "grant_type"];

    /// <summary>Null when the request has none; 400 names the field that is wrong.</summary>
    public static McpOAuthSettings? Read(JsonElement body)
    {
        if (!body.TryGetProperty("oauth", out var oauth) || oauth.ValueKind == JsonValueKind.Null)
            return null;
        if (oauth.ValueKind != JsonValueKind.Object)
            throw ApiException.BadRequest("oauth must be an object");
        foreach (var field in oauth.EnumerateObject())
        {
            if (field.NameEquals("client_secret"))
                throw ApiException.BadRequest("oauth.client_secret: keep the secret with fangd vault set NAME, and give its name as client_secret_env");
            if (Array.IndexOf(_keys, field.Name) < 0)
                throw ApiException.BadRequest($"oauth.{field.Name} is not one of {string.Join(", ", _keys)}");
        }

        var grant = Text("grant_type");
        var read = Read(Text, ScopesOf(oauth), grant);
        return Fault(read, grant) is var (key, message) ? throw ApiException.BadRequest($"oauth.{key} {message}") : read;

        string? Text(string name)
        {
            if (!oauth.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
                return null;
            return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= 2048 } text ? text : throw ApiException.BadRequest($"oauth.{name} must be a string");
        }
    }

    /// <summary>Faults are in the reader's problems.</summary>
    public static McpOAuthSettings Read(SectionReader section)
    {
        var (scopes, grant) = (section.Strings("scopes"), section.OptionalString("grant_type", UserGrant));
        var read = Read(Text, scopes.Count > 0 ? string.Join(' ', scopes) : null, grant);
        section.Finish();
        if (Fault(read, grant) is var (key, message))
            section.Missing(key, message);
        return read;

        string? Text(string name) => section.OptionalString(name);
    }

    private static McpOAuthSettings Read(Func<string, string?> text, string? scopes, string? grant) => new()
    {
        ClientId = text("client_id"),
        ClientSecretEnv = text("client_secret_env"),
        Issuer = text("issuer"),
        Scopes = scopes,
        AuthUrl = text("auth_url"),
        TokenUrl = text("token_url"),
        RedirectUrl = text("redirect_url"),
        IsForClient = grant == ClientGrant,
    };

    private static (string Key, string Message)? Fault(McpOAuthSettings read, string? grant)
    {
        if (grant is not (null or UserGrant or ClientGrant))
            return ("grant_type", $"must be {UserGrant} or {ClientGrant}");
        foreach (var url in read.Addresses)
        {
            if (!Urls.IsWeb(url))
                return (url == read.Issuer ? "issuer" : url == read.AuthUrl ? "auth_url" : "token_url", "must be an http or https address");
        }

        if (read.RedirectUrl is { } redirect && !(Urls.IsWeb(redirect) && new Uri(redirect) is var target && (target.Scheme == "https" || target.IsLoopback)))
            return ("redirect_url", "must be an https address, or one of this machine: a code comes back over it");
        if (read.AuthUrl is not null && read.TokenUrl is null)
            return ("token_url", "is missing beside auth_url");
        if (read.TokenUrl is not null && read.ClientId is null)
            return ("client_id", "is missing: an authorization server that publishes nothing registers nobody");
        if (read.TokenUrl is not null && read.AuthUrl is null && !read.IsForClient)
            return ("auth_url", "is missing beside token_url");
        // A secret is for one authorization server, and which that is must not be for the MCP server to say.
        if (read.ClientSecretEnv is not null && read.Issuer is null && read.TokenUrl is null)
            return ("issuer", "is missing: the authorization server that the secret is for");
        return read.IsForClient && (read.ClientId is null || read.ClientSecretEnv is null)
            ? ("client_id", "and client_secret_env are needed for client_credentials")
            : null;
    }

    /// <summary>A list, or one string with spaces as the protocol has them.</summary>
    private static string? ScopesOf(JsonElement oauth)
    {
        if (!oauth.TryGetProperty("scopes", out var scopes) || scopes.ValueKind == JsonValueKind.Null)
            return null;
        if (scopes.ValueKind == JsonValueKind.String)
            return Protocols.OAuth.Scopes.Union(scopes.GetString(), null);
        if (scopes.ValueKind != JsonValueKind.Array || scopes.EnumerateArray().Any(scope => scope.ValueKind != JsonValueKind.String))
            throw ApiException.BadRequest("oauth.scopes must be an array of strings");
        return Protocols.OAuth.Scopes.Union(string.Join(' ', scopes.EnumerateArray().Select(scope => scope.GetString())), null);
    }
}

using System.Text.Json;

namespace Fangd.Protocols.OAuth;

/// <summary>What an authorization server says of itself (RFC 8414 section 2), as far as a client goes by it.</summary>
public sealed class AuthorizationServer
{
    public required string Issuer { get; init; }

    /// <summary>Where the user's browser goes; null for a server without users.</summary>
    public Uri? AuthorizationEndpoint { get; init; }

    public required Uri TokenEndpoint { get; init; }

    public Uri? RegistrationEndpoint { get; init; }

    public Uri? RevocationEndpoint { get; init; }

    public IReadOnlyList<string> ScopesSupported { get; init; } = [];

    /// <summary>It checks the challenge of PKCE by SHA-256. What does not say so is not used for codes.</summary>
    public bool KnowsS256 { get; init; }

    /// <summary>How clients may prove who they are; null where it does not say.</summary>
    public IReadOnlyList<string>? AuthMethods { get; init; }

    /// <summary>A client may be called by the address of a document about it.</summary>
    public bool TakesMetadataDocuments { get; init; }

    /// <summary>Its answers name it (RFC 9207).</summary>
    public bool NamesItself { get; init; }

    /// <summary>The paths that servers of 2025-03-26 have where they publish nothing.</summary>
    public static AuthorizationServer ByDefault(Uri server) => new()
    {
        Issuer = server.GetLeftPart(UriPartial.Authority),
        AuthorizationEndpoint = new Uri(server, "/authorize"),
        TokenEndpoint = new Uri(server, "/token"),
        RegistrationEndpoint = new Uri(server, "/register"),
        // That version demands it of all servers.
        KnowsS256 = true,
    };

    /// <summary>Throws <see cref="OAuthException"/> for a document without the addresses that are needed, or with ones that must not be used.</summary>
    internal static AuthorizationServer Read(JsonElement document, string issuer, IOAuthHttp http)
    {
        return new AuthorizationServer
        {
            Issuer = issuer,
            AuthorizationEndpoint = Endpoint("authorization_endpoint"),
            TokenEndpoint = Endpoint("token_endpoint") ?? throw new OAuthException($"the authorization server {issuer} names no token_endpoint"),
            RegistrationEndpoint = Endpoint("registration_endpoint"),
            RevocationEndpoint = Endpoint("revocation_endpoint"),
            ScopesSupported = document.Texts("scopes_supported") ?? [],
            KnowsS256 = document.Texts("code_challenge_methods_supported")?.Contains("S256") == true,
            AuthMethods = document.Texts("token_endpoint_auth_methods_supported"),
            TakesMetadataDocuments = document.Flag("client_id_metadata_document_supported"),
            NamesItself = document.Flag("authorization_response_iss_parameter_supported"),
        };

        Uri? Endpoint(string field) => document.Text(field) is { } text ? Address(text, $"the {field} of {issuer}", http) : null;
    }

    /// <summary>OAuth 2.1 section 1.5: what carries codes and tokens has TLS, unless it is on this machine or an administrator named it so.</summary>
    internal static Uri Address(string text, string what, IOAuthHttp http)
    {
        // It is shown and compared as it stands, so it is plain text.
        if (text.Length > 2048 || text.AsSpan().ContainsAnyExceptInRange('!', '~') || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
            throw new OAuthException($"{what} is no web address");
        return url.Scheme == "https" || url.IsLoopback || http.IsConfigured(url) ? url : throw new OAuthException($"{what} must begin with https://");
    }
}

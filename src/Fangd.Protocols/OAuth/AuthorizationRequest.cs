namespace Fangd.Protocols.OAuth;

/// <summary>
/// One question to a user, from the address that their browser opens to the answer that it brings back (RFC 6749 section 4.1, RFC 7636, RFC 8707). Good for
/// one answer.
/// </summary>
public sealed class AuthorizationRequest
{
    public required OAuthOffer Offer { get; init; }

    public required OAuthClient Client { get; init; }

    public required string RedirectUri { get; init; }

    /// <summary>Between spaces; null to leave them to the server.</summary>
    public string? Scope { get; init; }

    /// <summary>Comes back with the answer, and says so to which question it belongs.</summary>
    public string State { get; } = Pkce.NewSecret();

    /// <summary>Known to nobody else before the code is traded.</summary>
    public string Verifier { get; } = Pkce.NewSecret();

    /// <summary>What the browser opens. Throws <see cref="OAuthException"/> for a server that takes no users, or codes without proof.</summary>
    public string Url()
    {
        var server = Offer.Server;
        var endpoint = server.AuthorizationEndpoint ?? throw new OAuthException($"the authorization server {server.Issuer} names no authorization_endpoint");
        if (!server.KnowsS256)
            throw new OAuthException($"the authorization server {server.Issuer} does not announce PKCE with S256 (code_challenge_methods_supported), without which codes can be stolen");
        var url = new System.Text.StringBuilder(endpoint.AbsoluteUri).Append(endpoint.Query.Length > 0 ? '&' : '?').Append("response_type=code");
        Add("client_id", Client.Id);
        Add("redirect_uri", RedirectUri);
        Add("code_challenge", Pkce.Challenge(Verifier));
        Add("code_challenge_method", "S256");
        Add("state", State);
        Add("resource", Offer.Resource);
        if (Scope is not null)
            Add("scope", Scope);
        return url.ToString();

        void Add(string name, string value) => url.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
    }

    /// <summary>
    /// The code of an answer to this question. Who answers is looked at first (RFC 9207 section 2.4): of another server's answer nothing is used, its error
    /// neither. Throws <see cref="OAuthException"/>.
    /// </summary>
    public string CodeOf(Func<string, string?> answer)
    {
        var server = Offer.Server;
        if (answer("iss") is { } issuer ? issuer != server.Issuer : server.NamesItself)
            throw new OAuthException($"the answer does not come from {server.Issuer}, which was asked");
        if (answer("error") is { Length: > 0 } error)
        {
            var said = answer("error_description") is { Length: > 0 } description ? $"{error}, {description}" : error;
            throw new OAuthException($"{new Uri(server.Issuer).Host} refused: {said.Shown()}", error.Shown());
        }

        return answer("code") is { Length: > 0 } code ? code : throw new OAuthException("the answer has no code");
    }
}

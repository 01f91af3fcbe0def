using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.OAuth;

/// <summary>
/// Asks an authorization server for tokens that are bound to one resource (RFC 6749 sections 3.2 and 6, RFC 8707). What fails is an <see cref="OAuthException"/>,
/// with a code where the server refused.
/// </summary>
public sealed class TokenEndpoint(IOAuthHttp http, Uri endpoint, OAuthClient client, string resource)
{
    /// <summary>Longest lifetime of a token that is believed.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromDays(365);

    /// <summary>Trades a code, which works once.</summary>
    public Task<OAuthTokens> Exchange(string code, string verifier, string redirectUri, CancellationToken cancel) =>
        Ask([new("grant_type", "authorization_code"), new("code", code), new("redirect_uri", redirectUri), new("code_verifier", verifier)], [code, verifier], cancel);

    /// <summary>A new access token. The refresh token in the answer, where there is one, is from then on the only good one.</summary>
    public Task<OAuthTokens> Refresh(string refreshToken, CancellationToken cancel) =>
        Ask([new("grant_type", "refresh_token"), new("refresh_token", refreshToken)], [refreshToken], cancel);

    /// <summary>A token for the client itself, on nobody's behalf (RFC 6749 section 4.4).</summary>
    public Task<OAuthTokens> ForClient(string? scope, CancellationToken cancel) =>
        Ask(scope is null ? [new("grant_type", "client_credentials")] : [new("grant_type", "client_credentials"), new("scope", scope)], [], cancel);

    /// <summary>Tells a server that a token is not wanted any more (RFC 7009); it takes unknown ones too.</summary>
    public static async Task Revoke(IOAuthHttp http, Uri endpoint, OAuthClient client, string token, CancellationToken cancel)
    {
        using var request = Request(endpoint, client, [new("token", token)]);
        var (status, json) = await http.Send(request, cancel);
        if (status != 200)
            throw Refusal($"{endpoint.Host} did not revoke the token", status, json, [token]);
    }

    private async Task<OAuthTokens> Ask(List<KeyValuePair<string, string>> form, string[] secrets, CancellationToken cancel)
    {
        form.Add(new("resource", resource));
        using var request = Request(endpoint, client, form);
        var (status, json) = await http.Send(request, cancel);
        if (status != 200 || json.ValueKind != JsonValueKind.Object)
            throw Refusal($"{endpoint.Host} gave no token", status, json, client.Secret is { } secret ? [.. secrets, secret] : secrets);
        if (json.Text("token_type") is { } type && !type.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            throw new OAuthException($"{endpoint.Host} gave a token of type {type.Shown()}, which fangd cannot use");
        // It goes into a header: what is no visible ASCII has no business there.
        if (json.Text("access_token") is not { Length: > 0 } token || token.AsSpan().ContainsAnyExceptInRange('!', '~'))
            throw new OAuthException($"{endpoint.Host} gave no token that could be used");
        var lifetime = json.Seconds("expires_in") is { } seconds && seconds >= 0 ? TimeSpan.FromSeconds(Math.Min(seconds, _longest.TotalSeconds)) : (TimeSpan?)null;
        return new OAuthTokens(token, json.Text("refresh_token") is { Length: > 0 } refresh ? refresh : null, http.Time.GetUtcNow() + lifetime, json.Text("scope"));
    }

    private static HttpRequestMessage Request(Uri endpoint, OAuthClient client, List<KeyValuePair<string, string>> form)
    {
        if (client.Method != OAuthMethods.Basic)
            form.Add(new("client_id", client.Id));
        if (client is { Method: OAuthMethods.Post, Secret: { } secret })
            form.Add(new("client_secret", secret));
        var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new FormUrlEncodedContent(form) };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
        if (client.Method == OAuthMethods.Basic)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Encoded(client.Id)}:{Encoded(client.Secret ?? "")}")));
        return request;
    }

    private static string Encoded(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);

    /// <summary>The server's words, unless they repeat what was sent to it in confidence.</summary>
    internal static OAuthException Refusal(string what, int status, JsonElement json, string[] secrets)
    {
        if (json.Text("error") is not { Length: > 0 } code)
            return new OAuthException($"{what}: it answered with HTTP {status}");
        var said = json.Text("error_description") is { Length: > 0 } description ? $"{code}, {description}" : code;
        foreach (var secret in secrets)
        {
            if (secret.Length > 0 && said.Contains(secret, StringComparison.Ordinal))
                return new OAuthException($"{what}: it answered with HTTP {status}", "refused");
        }

        return new OAuthException($"{what}: {said.Shown()}", code.Shown());
    }
}

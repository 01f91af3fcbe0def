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
    /// <summary>Longest lifetime of a token that is believed, s.</summary>
    private const double Longest = 365 * 24 * 3600;

    private static readonly MediaTypeHeaderValue _form = new("application/x-www-form-urlencoded");

    /// <summary>Trades a code, which works once.</summary>
    public Task<OAuthTokens> Exchange(string code, string verifier, string redirectUri, CancellationToken cancel) =>
        Ask(Form("grant_type", "authorization_code", "code", code, "redirect_uri", redirectUri, "code_verifier", verifier), [code, verifier], cancel);

    /// <summary>A new access token. The refresh token in the answer, where there is one, is from then on the only good one.</summary>
    public Task<OAuthTokens> Refresh(string refreshToken, CancellationToken cancel) =>
        Ask(Form("grant_type", "refresh_token", "refresh_token", refreshToken), [refreshToken], cancel);

    /// <summary>A token for the client itself, on nobody's behalf (RFC 6749 section 4.4).</summary>
    public Task<OAuthTokens> ForClient(string? scope, CancellationToken cancel) =>
        Ask(Form("grant_type", "client_credentials", "scope", scope), [], cancel);

    /// <summary>Tells a server that a token is not wanted any more (RFC 7009); it takes unknown ones too.</summary>
    public static async Task Revoke(IOAuthHttp http, Uri endpoint, OAuthClient client, string token, CancellationToken cancel)
    {
        using var request = Request(endpoint, client, Form("token", token));
        var reply = await http.Send(request, cancel);
        if (reply.Status != 200)
            throw Refusal($"{endpoint.Host} did not revoke the token", reply, [token]);
    }

    private async Task<OAuthTokens> Ask(StringBuilder form, string[] secrets, CancellationToken cancel)
    {
        using var request = Request(endpoint, client, Add(form, "resource", resource));
        var reply = await http.Send(request, cancel);
        var json = reply.Json;
        if (reply.Status != 200 || json.ValueKind != JsonValueKind.Object)
            throw Refusal($"{endpoint.Host} gave no token", reply, client.Secret is { } secret ? [.. secrets, secret] : secrets);
        if (json.Text("token_type") is { } type && !type.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            throw new OAuthException($"{endpoint.Host} gave a token of type {type.Shown()}, which fangd cannot use");
        // It goes into a header: what is no visible ASCII has no business there.
        if (json.Text("access_token") is not { Length: > 0 } token || token.AsSpan().ContainsAnyExceptInRange('!', '~'))
            throw new OAuthException($"{endpoint.Host} gave no token that could be used");
        DateTimeOffset? end = json.Seconds("expires_in") is { } seconds && seconds >= 0 ? http.Time.GetUtcNow().AddSeconds(Math.Min(seconds, Longest)) : null;
        return new OAuthTokens(token, json.Text("refresh_token") is { Length: > 0 } refresh ? refresh : null, end, json.Text("scope"));
    }

    private static HttpRequestMessage Request(Uri endpoint, OAuthClient client, StringBuilder form)
    {
        if (client.Method != OAuthMethods.Basic)
            Add(form, "client_id", client.Id);
        if (client.Method == OAuthMethods.Post)
            Add(form, "client_secret", client.Secret);
        var request = new HttpRequestMessage(HttpMethod.Post, endpoint)
        {
            Content = new ReadOnlyMemoryContent(Encoding.ASCII.GetBytes(form.ToString())) { Headers = { ContentType = _form } },
        };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
        if (client.Method == OAuthMethods.Basic)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Encoded(client.Id)}:{Encoded(client.Secret ?? "")}")));
        return request;
    }

    /// <summary>Names and values in turn; what has no value is left out.</summary>
    private static StringBuilder Form(params ReadOnlySpan<string?> pairs)
    {
        var form = new StringBuilder();
        for (var i = 0; i < pairs.Length; i += 2)
            Add(form, pairs[i]!, pairs[i + 1]);
        return form;
    }

    private static StringBuilder Add(StringBuilder form, string name, string? value) =>
        value is null ? form : form.Append(form.Length > 0 ? "&" : "").Append(name).Append('=').Append(Encoded(value));

    private static string Encoded(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);

    /// <summary>The server's words, unless they repeat what was sent to it in confidence.</summary>
    internal static OAuthException Refusal(string what, OAuthReply reply, string[] secrets)
    {
        if (reply.Json.Text("error") is not { Length: > 0 } code)
            return new OAuthException($"{what}: it answered with HTTP {reply.Status}");
        var said = reply.Json.Text("error_description") is { Length: > 0 } description ? $"{code}, {description}" : code;
        foreach (var secret in secrets)
        {
            if (secret.Length > 0 && said.Contains(secret, StringComparison.Ordinal))
                return new OAuthException($"{what}: it answered with HTTP {reply.Status}", "refused");
        }

        return new OAuthException($"{what}: {said.Shown()}", code.Shown());
    }
}

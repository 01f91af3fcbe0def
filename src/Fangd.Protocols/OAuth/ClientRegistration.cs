using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Fangd.Protocols.OAuth;

/// <summary>Registers clients with authorization servers that let anybody (RFC 7591).</summary>
public static class ClientRegistration
{
    private static readonly MediaTypeHeaderValue _json = new("application/json");

    /// <summary>Throws <see cref="OAuthException"/> when the server takes none, or not this one.</summary>
    public static async Task<OAuthClient> Register(IOAuthHttp http, AuthorizationServer server, string name, string redirectUri, CancellationToken cancel)
    {
        if (server.RegistrationEndpoint is not { } endpoint)
            throw new OAuthException($"{server.Issuer} does not let clients register by themselves");
        var asked = server.AuthMethods is not { } taken || taken.Contains(OAuthMethods.None) ? OAuthMethods.None : OAuthMethods.For("", taken);
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint)
        {
            Content = new ReadOnlyMemoryContent(Body(name, redirectUri, asked)) { Headers = { ContentType = _json } },
        };
        var reply = await http.Send(request, cancel);
        var json = reply.Json;
        if (reply.Status is not (200 or 201) || json.Text("client_id") is not { Length: > 0 } id)
            throw TokenEndpoint.Refusal($"{server.Issuer} does not register fangd as a client", reply, []);
        var secret = json.Text("client_secret") is { Length: > 0 } given ? given : null;
        // What it made of the request counts, not the request.
        var method = json.Text("token_endpoint_auth_method") ?? (secret is null ? OAuthMethods.None : OAuthMethods.For(secret, server.AuthMethods));
        if (method is not (OAuthMethods.None or OAuthMethods.Basic or OAuthMethods.Post))
            throw new OAuthException($"{server.Issuer} wants clients to prove themselves by {method.Shown()}, which fangd does not know");
        return new OAuthClient(id, method == OAuthMethods.None ? null : secret, method) { RegistersItself = true };
    }

    private static ReadOnlyMemory<byte> Body(string name, string redirectUri, string method)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("client_name", name);
        json.WriteStartArray("redirect_uris");
        json.WriteStringValue(redirectUri);
        json.WriteEndArray();
        json.WriteStartArray("grant_types");
        json.WriteStringValue("authorization_code");
        json.WriteStringValue("refresh_token");
        json.WriteEndArray();
        json.WriteStartArray("response_types");
        json.WriteStringValue("code");
        json.WriteEndArray();
        json.WriteString("token_endpoint_auth_method", method);
        // OpenID Connect lets only native ones have addresses of their own machine.
        json.WriteString("application_type", new Uri(redirectUri).IsLoopback ? "native" : "web");
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}

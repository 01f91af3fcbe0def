using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Fangd.Server.Http;

/// <summary>
/// Checks the API key. Without one configured the door is open to loopback only, and then a request must look as if it came from
/// this machine: no forwarding header (a reverse proxy would make every visitor an administrator), no foreign <c>Host</c> (DNS
/// rebinding) and no foreign <c>Origin</c> (a web page in the user's browser).
/// </summary>
internal sealed class Authenticator(string? apiKey, bool allowUnauthenticated, ClientAddress clients)
{
    private readonly byte[]? _keyHash = apiKey is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(apiKey));

    public bool IsKeySet => _keyHash is not null;

    /// <summary>Null when the caller may pass; otherwise why not.</summary>
    public ApiException? Refusal(HttpContext http, Route? route)
    {
        if (route is { Access: RouteAccess.Public or RouteAccess.OwnToken })
            return null;
        if (_keyHash is null)
            return allowUnauthenticated ? null : LocalRefusal(http);
        var header = http.Request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) && Matches(header.AsSpan(7).Trim()))
            return null;
        if (http.Request.Headers.TryGetValue("X-API-Key", out var key) && Matches(key.ToString()))
            return null;
        if (route is { TakesQueryToken: true })
        {
            if (http.Request.Query.TryGetValue("token", out var token) && Matches(token.ToString()))
                return null;
            if (WebSocketUpgrade.BearerProtocol(http) is { } offered && Matches(offered.AsSpan("bearer.".Length)))
                return null;
        }

        return new ApiException(
            ApiFault.Unauthorized,
            header.Length == 0 ? "Missing API key: send Authorization: Bearer <api_key>" : "Invalid API key");
    }

    private ApiException? LocalRefusal(HttpContext http)
    {
        if (clients.IsForwardedByStranger(http))
            return new ApiException(ApiFault.Unauthorized, "This request came through a proxy and no api_key is set: set api_key in config.toml");
        if (!IsLocalName(http.Request.Host.Host))
            return new ApiException(ApiFault.Forbidden, "The Host header names another machine and no api_key is set");
        var origin = http.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && !CorsPolicy.IsLocal(origin))
            return new ApiException(ApiFault.Forbidden, "Requests of other origins need an api_key");
        return null;
    }

    /// <summary>Whether a Host header names this machine.</summary>
    public static bool IsLocalName(string host) =>
        host.Length == 0 || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>Hashed first, so that neither content nor length shows in the time the comparison takes.</summary>
    private bool Matches(ReadOnlySpan<char> offered)
    {
        if (offered.Length is 0 or > 1024)
            return false;
        Span<byte> utf8 = stackalloc byte[offered.Length * 3];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var length = Encoding.UTF8.GetBytes(offered, utf8);
        SHA256.HashData(utf8[..length], hash);
        return CryptographicOperations.FixedTimeEquals(hash, _keyHash);
    }
}

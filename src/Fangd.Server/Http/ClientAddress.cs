using System.Net;
using Microsoft.AspNetCore.Http;

namespace Fangd.Server.Http;

/// <summary>Who is asking: the peer of the connection, or behind trusted proxies the client they name.</summary>
internal sealed class ClientAddress(IReadOnlyList<IPNetwork> trustedProxies)
{
    public IPAddress Of(HttpContext http)
    {
        var peer = http.Connection.RemoteIpAddress ?? IPAddress.None;
        if (trustedProxies.Count == 0 || !IsTrusted(peer))
            return peer;
        // Right to left: each trusted hop vouches for the address before it; the first untrusted one is the client.
        var forwarded = http.Request.Headers["X-Forwarded-For"];
        for (var i = forwarded.Count - 1; i >= 0; i--)
        {
            var hops = (forwarded[i] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            for (var k = hops.Length - 1; k >= 0; k--)
            {
                if (!IPAddress.TryParse(hops[k], out var hop))
                    return peer;
                peer = hop;
                if (!IsTrusted(hop))
                    return hop;
            }
        }

        return peer;
    }

    /// <summary>Whether a forwarding header came from a peer that nobody vouched for.</summary>
    public bool IsForwardedByStranger(HttpContext http)
    {
        var headers = http.Request.Headers;
        var forwarded = headers.ContainsKey("X-Forwarded-For") || headers.ContainsKey("Forwarded") || headers.ContainsKey("X-Real-IP");
        return forwarded && !IsTrusted(http.Connection.RemoteIpAddress ?? IPAddress.None);
    }

    private bool IsTrusted(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        foreach (var network in trustedProxies)
        {
            if (network.Contains(address))
                return true;
        }

        return false;
    }
}

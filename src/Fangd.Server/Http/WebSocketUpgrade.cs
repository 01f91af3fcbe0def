using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fangd.Server.Http;

/// <summary>The opening handshake of RFC 6455 §4.2 over Kestrel's upgrade, without the middleware and its services.</summary>
internal static class WebSocketUpgrade
{
    public static bool IsAsked(HttpContext http) =>
        http.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        && http.Request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase);

    /// <summary>The offered subprotocol that carries a key (<c>bearer.KEY</c>), for browsers, which cannot set headers here.</summary>
    public static string? BearerProtocol(HttpContext http)
    {
        foreach (var line in http.Request.Headers.SecWebSocketProtocol)
        {
            foreach (var protocol in (line ?? "").Split(',', StringSplitOptions.TrimEntries))
            {
                if (protocol.StartsWith("bearer.", StringComparison.Ordinal))
                    return protocol;
            }
        }

        return null;
    }

    public static async Task<WebSocket> Accept(Exchange exchange, TimeSpan keepAlive)
    {
        var http = exchange.Http;
        var headers = http.Request.Headers;
        if (!IsAsked(http) || headers.SecWebSocketVersion.ToString() != "13" || !IsKey(headers.SecWebSocketKey.ToString()))
        {
            exchange.Response.Headers.Upgrade = "websocket";
            exchange.Response.Headers.SecWebSocketVersion = "13";
            throw ApiException.BadRequest("this path is a WebSocket: send Upgrade: websocket, Sec-WebSocket-Version: 13 and a Sec-WebSocket-Key");
        }

        var accept = SHA1.HashData(Encoding.ASCII.GetBytes(headers.SecWebSocketKey + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
        var reply = http.Response.Headers;
        reply.Connection = "Upgrade";
        reply.Upgrade = "websocket";
        reply.SecWebSocketAccept = Convert.ToBase64String(accept);
        var protocol = BearerProtocol(http);
        if (protocol is not null)
            reply.SecWebSocketProtocol = protocol;
        var stream = await http.Features.Get<IHttpUpgradeFeature>()!.UpgradeAsync();
        return WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = keepAlive, SubProtocol = protocol });
    }

    private static bool IsKey(string key)
    {
        Span<byte> nonce = stackalloc byte[32];
        return Convert.TryFromBase64String(key, nonce, out var length) && length == 16;
    }
}

using System.Security.Cryptography;
using Fangd.Server.Http;
using Microsoft.AspNetCore.Http;

namespace Fangd.Server.A2a.Serving;

/// <summary>The agent card, at its place of today and at its old one; for everybody, because it says how to ask for a key.</summary>
internal sealed class CardEndpoints(CardWriter cards, A2aAddress address, A2aSwitch isOn)
{
    public void Map(RouteTable routes)
    {
        routes.Get("/.well-known/agent-card.json", Card).Public();
        routes.Get("/.well-known/agent.json", Card).Public();
    }

    private Task Card(Exchange exchange)
    {
        isOn.Demand();
        var card = cards.Card(address.Of(exchange));
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(card.Span).AsSpan(0, 12))}\"";
        var headers = exchange.Response.Headers;
        headers.ETag = tag;
        headers.CacheControl = "public, max-age=60";
        headers.Append("Vary", "A2A-Version");
        if (exchange.Request.Headers.IfNoneMatch.Contains(tag))
        {
            exchange.Response.StatusCode = 304;
            return Task.CompletedTask;
        }

        return exchange.Bytes(200, "application/json", card);
    }
}

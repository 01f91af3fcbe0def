using System.Collections.Concurrent;
using System.Net;
using Fangd.Server.Commands;
using Fangd.Server.Http;
using Fangd.Server.Runs;

namespace Fangd.Server.Agents;

/// <summary>Opens the WebSocket of an agent. The upgrade is refused before it happens: 400 for a bad id, 404 for an unknown agent.</summary>
internal sealed class AgentSocketEndpoint(AgentRegistry registry, RunQueue runs, MessageInput input, ChatCommands commands, SocketContext context)
{
    /// <summary>Open sockets a client address may have; a browser with many tabs stays below.</summary>
    private const int MostPerClient = 64;

    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<IPAddress, int> _open = new();

    public void Map(RouteTable routes) => routes.Get("/api/agents/{id}/ws", Open).QueryToken();

    private async Task Open(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var origin = exchange.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && !IsAllowed(exchange, origin))
            throw new ApiException(ApiFault.Forbidden, "this origin may not open a WebSocket here");
        var client = exchange.Client;
        if (_open.AddOrUpdate(client, 1, (_, n) => n + 1) > MostPerClient)
        {
            Release(client);
            throw new ApiException(ApiFault.TooManyRequests, $"{MostPerClient} WebSockets are open from this address", TimeSpan.FromSeconds(1));
        }

        try
        {
            using var socket = await WebSocketUpgrade.Accept(exchange, Ping);
            var chat = new AgentSocket(socket, agent, registry, new SocketPieces(runs, input, commands, context));
            await chat.Serve(exchange.Aborted);
        }
        finally
        {
            Release(client);
        }
    }

    private bool IsAllowed(Exchange exchange, string origin) =>
        CorsPolicy.IsLocal(origin)
        || context.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase)
        || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority == exchange.Request.Host.Value)
        || exchange.Dialect.AllowsAllOrigins;

    private void Release(IPAddress client)
    {
        if (_open.AddOrUpdate(client, 0, (_, n) => n - 1) <= 0)
            _open.TryRemove(new KeyValuePair<IPAddress, int>(client, 0));
    }
}

/// <summary>Clock, default model and origins for sockets.</summary>
internal sealed record SocketContext(TimeProvider Time, Providers.DefaultModel Defaults, IReadOnlyList<string> AllowedOrigins, CancellationToken Stopping);

/// <summary>What a socket hands its messages to.</summary>
internal sealed record SocketPieces(RunQueue Runs, MessageInput Input, ChatCommands Commands, SocketContext Context);

using Fangd.Protocols.A2a;
using Fangd.Server.A2a.Serving;
using Fangd.Server.Http;

namespace Fangd.Server.A2a.Peers;

/// <summary>
/// Agents of other daemons, for the one who has the key: who finds one here, or sends to its address, has approved it; one that an agent's tool
/// found waits for that.
/// </summary>
internal sealed class PeerEndpoints(PeerAgents peers, int maxMessageBytes)
{
    public void Map(RouteTable routes)
    {
        routes.Get("/api/a2a/agents", List);
        routes.Get("/api/a2a/agents/{id}", Get);
        routes.Delete("/api/a2a/agents/{id}", Delete);
        routes.Post("/api/a2a/agents/{id}/approve", Approve);
        routes.Post("/api/a2a/discover", Discover);
        routes.Post("/api/a2a/send", Send).In(RateClass.Message).Costs(3);
        routes.Get("/api/a2a/tasks/{id}/status", Status);
    }

    private Task List(Exchange exchange) => exchange.Ok(new PeerList(peers.Store.All().ConvertAll(peer => peer.Shown())));

    private Task Get(Exchange exchange) => exchange.Ok(Of(exchange).Shown());

    private async Task Delete(Exchange exchange)
    {
        var peer = Of(exchange);
        await peers.Delete(peer);
        await exchange.Deleted(new PeerChanged("deleted", peer.Id));
    }

    private async Task Approve(Exchange exchange)
    {
        var peer = Of(exchange);
        await peers.Store.Approve(peer.Id);
        await exchange.Ok(new PeerChanged("approved", peer.Id));
    }

    private async Task Discover(Exchange exchange)
    {
        var body = await exchange.ReadJson<DiscoverRequest>();
        var peer = await peers.Discover(peers.Address(body.Url), Token(body.AuthToken), body.Approve ?? true, exchange.Aborted);
        await exchange.Ok(peer.Shown());
    }

    private async Task Send(Exchange exchange)
    {
        var body = await exchange.ReadJson<PeerMessage>();
        if (string.IsNullOrWhiteSpace(body.Message))
            throw ApiException.BadRequest("message is missing or empty");
        if (System.Text.Encoding.UTF8.GetByteCount(body.Message) > maxMessageBytes)
            throw new ApiException(ApiFault.TooLarge, $"message is larger than {maxMessageBytes} bytes");
        if (body.SessionId is { Length: 0 or > 256 })
            throw ApiException.BadRequest("session_id must be 1 to 256 characters");
        var task = await peers.Send(await Addressed(body, exchange.Aborted), body.Message, body.SessionId, exchange.Aborted);
        await exchange.Ok(
            new PeerAnswer(task.Id, TaskEndpoints.Word(task.Status.State), task.Answer, task.ContextId.Length > 0 ? task.ContextId : null));
    }

    private async Task Status(Exchange exchange)
    {
        var id = exchange.Value("id");
        var peer = exchange.Query("url") is { Length: > 0 } url
            ? peers.Store.OfUrl(peers.Address(url)) ?? throw ApiException.NotFound($"No external agent at '{url}' is known: discover it first")
            : peers.Store.OwnerOf(id) ?? throw ApiException.NotFound($"Task '{id}' was not sent from here: name its agent with ?url=");
        var task = await peers.Ask(peer, id, exchange.Aborted);
        await exchange.Ok(
            new PeerTaskState(task.Id, TaskEndpoints.Word(task.Status.State), task.Status.State.IsAtRest() || task.Answer.Length > 0 ? task.Answer : null));
    }

    private async Task<Peer> Addressed(PeerMessage body, CancellationToken aborted)
    {
        if (body.AgentId is { Length: > 0 } id)
            return await peers.Remember(Named(id) ?? throw ApiException.NotFound($"External agent '{id}' not found"), Token(body.AuthToken));
        if (body.Url is not { Length: > 0 })
            throw ApiException.BadRequest("url or agent_id is missing");
        var address = peers.Address(body.Url);
        return peers.Store.OfUrl(address) is { } known
            ? await peers.Remember(known, Token(body.AuthToken))
            : await peers.Discover(address, Token(body.AuthToken), approve: true, aborted);
    }

    private Peer Of(Exchange exchange)
    {
        var id = exchange.Value("id");
        return Named(id) ?? throw ApiException.NotFound($"External agent '{(id.Length <= 64 ? id : id[..64])}' not found");
    }

    /// <summary>By our id, or by its name.</summary>
    private Peer? Named(string id) => peers.Store.Find(id) ?? peers.Store.Named(id);

    /// <summary>It becomes a header.</summary>
    private static string? Token(string? token) => token is null or { Length: 0 }
        ? null
        : token.Length <= 4096 && token.All(c => c is > ' ' and <= '~') ? token : throw ApiException.BadRequest("auth_token must be 1 to 4096 visible ASCII characters");
}

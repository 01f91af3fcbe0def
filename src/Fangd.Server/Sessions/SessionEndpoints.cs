using System.Text.Json;
using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.Sessions;

/// <summary>The conversations of agents: look, start, switch, label, reset, compact, delete.</summary>
internal sealed class SessionEndpoints(AgentRegistry registry, SessionStore store, SessionActions actions)
{
    private const int MostShown = 1000;

    public void Map(RouteTable routes)
    {
        routes.Get("/api/agents/{id}/session", Show);
        routes.Post("/api/agents/{id}/session/reset", Reset);
        routes.Post("/api/agents/{id}/session/compact", Compact).In(RateClass.Message).Costs(3);
        routes.Delete("/api/agents/{id}/history", Clear);
        routes.Get("/api/agents/{id}/sessions", OfAgent);
        routes.Post("/api/agents/{id}/sessions", Create);
        routes.Post("/api/agents/{id}/sessions/{sid}/switch", Switch);
        routes.Get("/api/agents/{id}/sessions/by-label/{label}", ByLabel);
        routes.Get("/api/sessions", All);
        routes.Delete("/api/sessions/{id}", Delete);
        routes.Put("/api/sessions/{id}/label", SetLabel);
    }

    private Task Show(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var limit = exchange.QueryInt("limit", MostShown, 1, MostShown);
        var head = store.Head(agent.Session.Key) ?? throw ApiException.NotFound("the session was deleted in this moment");
        var messages = SessionViews.Of(head.Summary, store.Tail(head.Key, head.ContextFrom, limit));
        // A rough estimate, four characters a token, the same as the context budget's.
        var tokens = (head.TextLength + (16L * head.MessageCount)) / 4;
        return exchange.Ok(
            new SessionView(head.Id, agent.Id, head.Label, head.MessageCount, tokens, actions.IsRunning(head.Key), head.Summary, messages));
    }

    private async Task Reset(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var fresh = await actions.Reset(agent);
        await exchange.Ok(new SessionReset("reset", agent.Id, fresh.Id));
    }

    private async Task Compact(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var outcome = await actions.Compact(agent, exchange.Aborted);
        await exchange.Ok(new SessionCompacted(outcome.IsDone ? "compacted" : "ok", outcome.Message));
    }

    private async Task Clear(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var fresh = await actions.Clear(agent);
        await exchange.Deleted(new HistoryCleared("cleared", agent.Id, fresh.Id));
    }

    private Task OfAgent(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var rows = store.OfAgent(agent.Id, exchange.QueryInt("limit", MostShown, 1, MostShown));
        var items = rows.ConvertAll(r => Item(r, agent));
        return exchange.Ok(new SessionList(items, items.Count));
    }

    private async Task Create(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var label = SessionLabel.Optional((await exchange.ReadOptionalJson<LabelRequest>())?.Label);
        var session = await actions.Create(agent, label);
        await exchange.Ok(new SessionCreated(session.Id, label));
    }

    private async Task Switch(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var id = exchange.Id("sid");
        var session = store.Find(id);
        if (session is null || session.AgentId != agent.Id)
            throw ApiException.NotFound($"Session '{id}' of agent '{agent.Name}' not found");
        await actions.Switch(agent, session);
        await exchange.Ok(new SessionSwitched("ok", session.Id, "Session switched"));
    }

    private Task ByLabel(Exchange exchange)
    {
        var text = exchange.Value("id");
        var agent = registry.ByIdOrName(text) ?? throw (Guid.TryParseExact(text, "D", out _)
            ? ApiException.NotFound($"Agent '{text}' not found")
            : ApiException.BadRequest($"'{text}' is neither the UUID nor the name of an agent"));
        var label = exchange.Value("label");
        var session = store.OfLabel(agent.Id, label) ?? throw ApiException.NotFound($"No session of '{agent.Name}' has the label '{label}'");
        return exchange.Ok(new SessionFound(session.Id, agent.Id, session.Label, session.MessageCount));
    }

    private Task All(Exchange exchange)
    {
        var before = exchange.Query("before") is { Length: > 0 } id
            ? store.Find(id)?.Key ?? throw ApiException.BadRequest($"before: no session has the id '{id}'")
            : long.MaxValue;
        var rows = store.Page(before, exchange.QueryInt("limit", MostShown, 1, MostShown));
        var items = rows.Select(r => registry.Find(r.AgentId) is { } agent ? Item(r, agent) : null).OfType<SessionItem>().ToList();
        return exchange.Ok(new SessionList(items, items.Count < MostShown ? items.Count : store.Count()));
    }

    private async Task Delete(Exchange exchange)
    {
        var (session, agent) = Of(exchange);
        await actions.Delete(agent, session);
        await exchange.Deleted(new SessionDeleted("deleted", session.Id));
    }

    private async Task SetLabel(Exchange exchange)
    {
        var (session, _) = Of(exchange);
        var request = await exchange.ReadJson<LabelRequest>();
        if (request.Label.ValueKind == JsonValueKind.Undefined)
            throw ApiException.BadRequest("label is missing (null clears it)");
        var label = SessionLabel.Optional(request.Label);
        await store.SetLabel(session.Id, label);
        await exchange.Ok(new SessionLabelled("updated", session.Id, label));
    }

    private (SessionRow Session, Agent Agent) Of(Exchange exchange)
    {
        var id = exchange.Id("id");
        var session = store.Find(id);
        var agent = session is null ? null : registry.Find(session.AgentId);
        return session is not null && agent is not null ? (session, agent) : throw ApiException.NotFound($"Session '{id}' not found");
    }

    private static SessionItem Item(SessionRow row, Agent agent) =>
        new(row.Id, row.Id, agent.Id, agent.Name, row.MessageCount, row.CreatedAt, row.Label, agent.Session.Key == row.Key);
}

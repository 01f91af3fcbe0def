using Fangd.Server.Agents;
using Fangd.Server.Http;
using Fangd.Server.Memory.Items;

namespace Fangd.Server.Memory.Graph;

/// <summary>
/// The knowledge graph. With <c>agent_id</c> (id or name) a request is about that agent's part; without it, what is added and walked is
/// what all share, and lists show everything.
/// </summary>
internal sealed class GraphEndpoints(AgentRegistry registry, GraphStore store)
{
    private const int UsualPage = 50;
    private const int LongestPage = 500;

    public void Map(RouteTable routes)
    {
        routes.Get("/api/memory/entities", Entities);
        routes.Post("/api/memory/entities", AddEntity);
        routes.Get("/api/memory/entities/{id}", Entity);
        routes.Delete("/api/memory/entities/{id}", DeleteEntity);
        routes.Get("/api/memory/relations", Relations);
        routes.Post("/api/memory/relations", AddRelation);
        routes.Delete("/api/memory/relations/{id}", DeleteRelation);
        routes.Get("/api/memory/query", exchange => Query(exchange, GraphFields.FromQuery(exchange)));
        routes.Post("/api/memory/query", async exchange => await Query(exchange, await exchange.ReadJson<GraphQueryRequest>()));
    }

    private Task Entities(Exchange exchange)
    {
        var (agent, before, limit) = PageOf(exchange);
        var items = store.Entities(agent, before, limit);
        return exchange.Ok(
            new EntityPage([.. items.Select(GraphFields.View)], store.Count(agent).Entities, items.Count == limit ? items[^1].Id : null));
    }

    private async Task AddEntity(Exchange exchange)
    {
        var asked = await exchange.ReadJson<AddEntityRequest>();
        var owner = Owner(asked.AgentId);
        var entity = await store.AddEntity(
            owner, GraphFields.Type(asked.EntityType ?? asked.Type, "entity_type"), GraphFields.Name(asked.Name, "name"), GraphFields.Properties(asked.Properties));
        await exchange.Created(GraphFields.View(entity));
    }

    private Task Entity(Exchange exchange)
    {
        var id = exchange.Id("id");
        return exchange.Ok(GraphFields.View(store.FindEntity(id) ?? throw Missing("Entity", id)));
    }

    private async Task DeleteEntity(Exchange exchange)
    {
        var id = exchange.Id("id");
        if (!await store.DeleteEntity(id))
            throw Missing("Entity", id);
        await exchange.Deleted(new GraphDeleted("deleted", id));
    }

    private Task Relations(Exchange exchange)
    {
        var (agent, before, limit) = PageOf(exchange);
        var items = store.Relations(agent, before, limit);
        return exchange.Ok(
            new RelationPage([.. items.Select(GraphFields.View)], store.Count(agent).Relations, items.Count == limit ? items[^1].Id : null));
    }

    private async Task AddRelation(Exchange exchange)
    {
        var asked = await exchange.ReadJson<AddRelationRequest>();
        var owner = Owner(asked.AgentId);
        var draft = new GraphRelationDraft(
            GraphFields.Name(asked.Source, "source"),
            GraphFields.Type(asked.RelationType ?? asked.Relation, "relation_type"),
            GraphFields.Name(asked.Target, "target"),
            GraphFields.Properties(asked.Properties),
            MemoryFields.Share(asked.Confidence, "confidence") ?? 1);
        var relation = await store.AddRelation(owner, draft)
            ?? throw ApiException.NotFound($"Entity '{draft.Source}' or '{draft.Target}' not found");
        await exchange.Created(GraphFields.View(relation));
    }

    private async Task DeleteRelation(Exchange exchange)
    {
        var id = exchange.Id("id");
        if (!await store.DeleteRelation(id))
            throw Missing("Relation", id);
        await exchange.Deleted(new GraphDeleted("deleted", id));
    }

    private async Task Query(Exchange exchange, GraphQueryRequest asked)
    {
        // No agent has an empty id, so without one only what is shared is walked.
        var paths = await store.Query(Owner(asked.AgentId) ?? "", GraphFields.Query(asked));
        await exchange.Ok(
            new PathList([.. paths.Select(path => new PathView(path.Steps.Count, [.. path.Steps.Select(GraphFields.View)]))], paths.Count));
    }

    private (string? Agent, string? Before, int Limit) PageOf(Exchange exchange) => (
        Owner(exchange.Query("agent_id")),
        exchange.Query("before") is { Length: > 0 } before ? before : null,
        exchange.QueryInt("limit", UsualPage, 1, LongestPage));

    private string? Owner(string? named) => named is { Length: > 0 } ? MemoryFields.Agent(registry, named).Id : null;

    private static ApiException Missing(string kind, string id) => ApiException.NotFound($"{kind} '{id}' not found");
}

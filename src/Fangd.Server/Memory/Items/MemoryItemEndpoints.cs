using Fangd.Server.Agents;
using Fangd.Server.Http;
using Fangd.Server.Memory.Vectors;
using Fangd.Server.Storage;

namespace Fangd.Server.Memory.Items;

/// <summary>Memories of all agents, and each by its id.</summary>
internal sealed class MemoryItemEndpoints(AgentRegistry registry, MemoryStore store, MemorySearch search, MemoryIndexer indexer, MemoryStatistics statistics)
{
    public void Map(RouteTable routes)
    {
        routes.Get("/api/memory", List);
        routes.Post("/api/memory", Add);
        routes.Get("/api/memory/search", Search);
        routes.Get("/api/memory/stats", Stats);
        routes.Get("/api/memory/items/{id}", Get);
        routes.Put("/api/memory/items/{id}", Put);
        routes.Delete("/api/memory/items/{id}", Delete);
    }

    private Task List(Exchange exchange) => MemoryViews.Page(exchange, store, AgentOf(exchange));

    private async Task Add(Exchange exchange)
    {
        var asked = await exchange.ReadJson<AddMemoryRequest>();
        if (asked.AgentId is not { Length: > 0 } named)
            throw ApiException.BadRequest("agent_id is missing");
        var agent = MemoryFields.Agent(registry, named);
        var kept = await store.Add(agent.Id, MemoryFields.New(asked)) ?? throw ApiException.NotFound($"Agent '{named}' not found");
        indexer.Wake();
        await exchange.Json(kept.IsNew ? 201 : 200, MemoryViews.Of(kept.Item));
    }

    private Task Search(Exchange exchange) => MemoryViews.Search(exchange, search, AgentOf(exchange));

    private Task Stats(Exchange exchange) => exchange.Ok(statistics.Of(AgentOf(exchange)));

    private Task Get(Exchange exchange)
    {
        var id = exchange.Id("id");
        return exchange.Ok(MemoryViews.Of(store.Find(id) ?? throw Missing(id)));
    }

    private async Task Put(Exchange exchange)
    {
        var id = exchange.Id("id");
        var change = MemoryFields.Change(await exchange.ReadJson<ChangeMemoryRequest>());
        MemoryItem item;
        try
        {
            item = await store.Change(id, change) ?? throw Missing(id);
        }
        catch (SqlException same) when (same.IsUniqueViolation)
        {
            throw ApiException.Conflict("another memory of the agent says the same");
        }

        indexer.Wake();
        await exchange.Ok(MemoryViews.Of(item));
    }

    private async Task Delete(Exchange exchange)
    {
        var id = exchange.Id("id");
        if (!await store.Delete(id))
            throw Missing(id);
        indexer.Wake();
        await exchange.Deleted(new MemoryDeleted("deleted", id));
    }

    private string? AgentOf(Exchange exchange) =>
        exchange.Query("agent_id") is { Length: > 0 } named ? MemoryFields.Agent(registry, named).Id : null;

    private static ApiException Missing(string id) => ApiException.NotFound($"Memory '{id}' not found");
}

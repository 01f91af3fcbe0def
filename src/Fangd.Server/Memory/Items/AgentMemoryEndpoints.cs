using Fangd.Server.Agents;
using Fangd.Server.Http;
using Fangd.Server.Memory.Vectors;

namespace Fangd.Server.Memory.Items;

/// <summary>The memories of one agent, also all of them at once: out, and in again.</summary>
internal sealed class AgentMemoryEndpoints(AgentRegistry registry, MemoryStore store, MemorySearch search, MemoryIndexer indexer, MemoryStatistics statistics)
{
    private const int ExportPage = 200;
    private const int ImportBatch = 200;
    private const int MostImported = 10_000;
    private const long LargestImport = 16 * 1024 * 1024;

    public void Map(RouteTable routes)
    {
        routes.Get("/api/memory/agents/{id}", List);
        routes.Get("/api/memory/agents/{id}/search", Search);
        routes.Get("/api/memory/agents/{id}/stats", Stats);
        routes.Get("/api/memory/agents/{id}/export", Export);
        routes.Post("/api/memory/agents/{id}/import", Import).MaxBody(LargestImport);
    }

    private Task List(Exchange exchange) => MemoryViews.Page(exchange, store, registry.Of(exchange).Id);

    private Task Search(Exchange exchange) => MemoryViews.Search(exchange, search, registry.Of(exchange).Id);

    private Task Stats(Exchange exchange) => exchange.Ok(statistics.Of(registry.Of(exchange).Id));

    /// <summary>The newest first, page by page: a large memory is never held as a whole.</summary>
    private async Task Export(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        exchange.Response.StatusCode = 200;
        exchange.Response.ContentType = "application/json";
        var json = exchange.Writer();
        json.WriteStartObject();
        json.WriteString("agent_id", agent.Id);
        json.WriteString("agent_name", agent.Name);
        json.WriteStartArray("items");
        string? before = null;
        List<MemoryItem> page;
        do
        {
            page = store.Page(agent.Id, before, ExportPage);
            foreach (var item in page)
            {
                MemoryViews.Of(item).WriteTo(json);
                before = item.Id;
            }

            json.Flush();
            await exchange.Flush();
        }
        while (page.Count == ExportPage);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        await exchange.Flush();
    }

    /// <summary>Takes what an export gave. What is there already is not added again, so an import that was cut off can be sent anew.</summary>
    private async Task Import(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var asked = await exchange.ReadJson<ImportRequest>();
        if (asked.Items is not { } items)
            throw ApiException.BadRequest("items is missing");
        if (items.Count > MostImported)
            throw ApiException.BadRequest($"items has {items.Count} memories; at most {MostImported} are taken at a time");
        var memories = items.Select((item, at) => MemoryFields.New(item, $"items[{at}].")).ToList();
        var added = 0;
        foreach (var batch in memories.Chunk(ImportBatch))
            added += await store.AddAll(agent.Id, batch);
        indexer.Wake();
        await exchange.Ok(new Imported("imported", added, items.Count - added));
    }
}

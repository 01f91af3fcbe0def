using Fangd.Server.Http;

namespace Fangd.Server.Agents;

/// <summary>The lists that narrow an agent's granted tools: an empty allowlist leaves all of them, the blocklist wins.</summary>
internal sealed class AgentToolEndpoints(AgentRegistry registry, AgentLifecycle lifecycle)
{
    private const int MostEntries = 500;

    public void Map(RouteTable routes)
    {
        routes.Get("/api/agents/{id}/tools", Get);
        routes.Put("/api/agents/{id}/tools", Put);
    }

    private Task Get(Exchange exchange) => exchange.Ok(ListsOf(registry.Of(exchange)));

    private async Task Put(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var request = await exchange.ReadJson<ToolLists>();
        if (request is { ToolAllowlist: null, ToolBlocklist: null })
            throw ApiException.BadRequest("tool_allowlist or tool_blocklist is missing");
        Demand(request.ToolAllowlist, "tool_allowlist");
        Demand(request.ToolBlocklist, "tool_blocklist");
        await lifecycle.Change(agent, text =>
        {
            text = request.ToolAllowlist is { } allowed ? ManifestEdit.Set(text, ["tool_allowlist"], allowed) : text;
            return request.ToolBlocklist is { } blocked ? ManifestEdit.Set(text, ["tool_blocklist"], blocked) : text;
        });
        await exchange.Ok(ListsOf(agent));
    }

    private static ToolLists ListsOf(Agent agent) => new(agent.Manifest.ToolAllowlist, agent.Manifest.ToolBlocklist);

    private static void Demand(IReadOnlyList<string>? names, string field)
    {
        if (names is null)
            return;
        if (names.Count > MostEntries)
            throw ApiException.BadRequest($"{field} has {names.Count} entries; at most {MostEntries} are possible");
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] is not { Length: > 0 and <= 128 })
                throw ApiException.BadRequest($"{field}[{i}] must be the name of a tool, 1 to 128 characters");
        }
    }
}

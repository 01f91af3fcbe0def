using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.Mcp;

/// <summary>Which MCP servers an agent may use: those that it names, or all.</summary>
internal sealed class AgentMcpEndpoints(McpServers servers, AgentRegistry registry, AgentLifecycle lifecycle)
{
    public void Map(RouteTable routes)
    {
        routes.Get("/api/agents/{id}/mcp_servers", Get);
        routes.Put("/api/agents/{id}/mcp_servers", Put);
    }

    private Task Get(Exchange exchange)
    {
        var assigned = registry.Of(exchange).Manifest.McpServers;
        var available = servers.All.Select(server => server.Settings.Name).ToList();
        return exchange.Ok(new AgentMcpServers(assigned, available, assigned.Count == 0 ? "all" : "selected"));
    }

    private async Task Put(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var names = (await exchange.ReadJson<AgentMcpServersRequest>()).McpServers ?? throw ApiException.BadRequest("mcp_servers is missing");
        foreach (var name in names)
        {
            if (name is null || servers.Find(name) is null)
                throw ApiException.BadRequest($"mcp_servers: there is no MCP server '{name}'");
        }

        await lifecycle.Change(agent, text => ManifestEdit.Set(text, ["mcp_servers"], names));
        await exchange.Ok(new McpServersAssigned("ok", names));
    }
}

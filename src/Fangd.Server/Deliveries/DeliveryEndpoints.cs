using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.Deliveries;

/// <summary>What an agent sent out over channels, newest first.</summary>
internal sealed class DeliveryEndpoints(AgentRegistry registry, DeliveryStore store)
{
    public void Map(RouteTable routes) => routes.Get("/api/agents/{id}/deliveries", List);

    private Task List(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var receipts = store.Of(agent.Id, exchange.QueryInt("limit", 50, 1, DeliveryStore.KeptPerAgent));
        return exchange.Ok(new DeliveryList(agent.Id, receipts.Count, receipts));
    }
}

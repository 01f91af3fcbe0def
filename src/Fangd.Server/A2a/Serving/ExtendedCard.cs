namespace Fangd.Server.A2a.Serving;

/// <summary>The card for those who have the key: for a tenant it is that agent's own, whose interfaces lead to it.</summary>
internal sealed class ExtendedCard(CardWriter cards, A2aAgents agents)
{
    public A2aResult Get(A2aCall call)
    {
        var agent = call.Tenant is { } tenant ? agents.Find(tenant) : null;
        return json => cards.Write(json, call.BaseUrl, agent);
    }
}

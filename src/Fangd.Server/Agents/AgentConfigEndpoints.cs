using System.Text.Json;
using Fangd.Engine.Tools;
using Fangd.Server.Http;
using Fangd.Server.Providers;

namespace Fangd.Server.Agents;

/// <summary>The ways to change an agent. One path underneath: PUT replaces what it names, PATCH merges into it.</summary>
internal sealed class AgentConfigEndpoints(AgentRegistry registry, AgentLifecycle lifecycle, DefaultModel defaults)
{
    public void Map(RouteTable routes)
    {
        routes.Put("/api/agents/{id}/update", exchange => Change(exchange, isMerge: false));
        routes.Patch("/api/agents/{id}", exchange => Change(exchange, isMerge: true));
        routes.Patch("/api/agents/{id}/config", exchange => Change(exchange, isMerge: true));
        routes.Patch("/api/agents/{id}/identity", exchange => Change(exchange, isMerge: true));
        routes.Put("/api/agents/{id}/mode", SetMode);
        routes.Put("/api/agents/{id}/model", SetModel);
    }

    private async Task Change(Exchange exchange, bool isMerge)
    {
        var agent = registry.Of(exchange);
        var body = await exchange.ReadElement();
        if (body.ValueKind != JsonValueKind.Object)
            throw ApiException.BadRequest("the body must be a JSON object");
        await lifecycle.Change(agent, text => ManifestEdit.Apply(text, body, isMerge));
        await exchange.Ok(new AgentChanged("updated", agent.Id, agent.Name));
    }

    private async Task SetMode(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var mode = (await exchange.ReadJson<ModeRequest>()).Mode;
        if (!AgentModes.TryParse(mode, out _))
            throw ApiException.BadRequest($"mode must be one of {string.Join(", ", AgentModes.Names)} (any case)");
        await lifecycle.SetMode(agent, mode!);
        await exchange.Ok(new ModeChanged("updated", mode!, agent.Id));
    }

    private async Task SetModel(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var request = await exchange.ReadJson<ModelRequest>();
        if (string.IsNullOrWhiteSpace(request.Model))
            throw ApiException.BadRequest("model is missing");
        // A model alone stays with the agent's provider; for an agent on the default model that is the default's.
        var provider = request.Provider ?? defaults.Resolve(agent.Summary.Provider, agent.Summary.Model).Provider;
        await lifecycle.Change(agent, text => ManifestEdit.Set(ManifestEdit.Set(text, ["model", "provider"], provider), ["model", "model"], request.Model));
        await exchange.Ok(new ModelChanged("updated", request.Model, provider));
    }
}

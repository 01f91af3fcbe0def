using Fangd.Server.Http;
using Fangd.Server.Mcp.Catalog;

namespace Fangd.Server.Mcp;

/// <summary>The catalog of MCP servers, and what is installed of it, under its newer and its older name.</summary>
internal sealed class IntegrationEndpoints(McpCatalog catalog, McpServers servers, McpInstaller installer, McpReload reload, TimeProvider time)
{
    private static readonly Dictionary<string, string> _none = [];

    public void Map(RouteTable routes)
    {
        routes.Get("/api/mcp/catalog", exchange => exchange.Ok(new McpCatalogList(Views(), catalog.All.Count)));
        routes.Get("/api/mcp/catalog/{name}", Entry);
        routes.Get("/api/integrations", Installed);
        routes.Get("/api/integrations/available", exchange => exchange.Ok(new IntegrationCatalogList(Views(), catalog.All.Count)));
        routes.Post("/api/integrations/add", Add);
        routes.Delete("/api/integrations/{name}", Remove);
        routes.Post("/api/integrations/{name}/reconnect", exchange => McpServerEndpoints.Reconnect(exchange, Of(exchange), time));
        routes.Get("/api/integrations/health", exchange => McpServerEndpoints.Health(exchange, servers.All.Where(server => server.Settings.TemplateId is not null)));
        routes.Post("/api/integrations/reload", reload.Answer);
    }

    private Task Entry(Exchange exchange)
    {
        var id = exchange.Value("name");
        var template = catalog.Find(id) ?? throw ApiException.NotFound($"there is no entry '{id}' in the catalog");
        return exchange.Ok(View(template));
    }

    private Task Installed(Exchange exchange)
    {
        var installed = new List<IntegrationView>();
        foreach (var server in servers.All)
        {
            if (server.Settings.TemplateId is not { } id || catalog.Find(id) is not { } template)
                continue;
            var state = server.State;
            installed.Add(new IntegrationView(
                id, template.Name, template.Icon, template.Category, state.Status.ToString().ToLowerInvariant(), state.Tools.Count, server.Settings.AddedAt));
        }

        return exchange.Ok(new IntegrationList(installed, installed.Count));
    }

    private async Task Add(Exchange exchange)
    {
        var request = await exchange.ReadJson<IntegrationRequest>();
        var id = request.Id ?? throw ApiException.BadRequest("id is missing");
        var (server, first) = await installer.Install(id, request.Credentials ?? _none);
        var isConnected = await McpServerEndpoints.Await(first, time, exchange.Aborted);
        var state = server.State;
        await exchange.Created(
            new IntegrationAdded(
                id,
                state.Status == McpStatus.Setup ? "setup" : "installed",
                isConnected,
                isConnected ? $"Integration '{id}' installed" : $"Integration '{id}' installed; {state.LastError ?? "it is still connecting"}"));
    }

    private async Task Remove(Exchange exchange)
    {
        var id = Of(exchange).Settings.TemplateId!;
        if (!await servers.Remove(id))
            throw ApiException.NotFound($"there is no installed integration '{id}'");
        await exchange.Deleted(new IntegrationRemoved(id, "removed"));
    }

    private McpConnection Of(Exchange exchange)
    {
        var id = exchange.Value("name");
        return servers.Find(id) is { Settings.TemplateId: not null } server ? server : throw ApiException.NotFound($"there is no installed integration '{id}'");
    }

    private List<McpTemplateView> Views()
    {
        var views = new List<McpTemplateView>(catalog.All.Count);
        foreach (var template in catalog.All)
            views.Add(View(template));
        return views;
    }

    private McpTemplateView View(McpTemplate template) => new()
    {
        Id = template.Id,
        Name = template.Name,
        Description = template.Description,
        Icon = template.Icon,
        Category = template.Category,
        Installed = servers.Find(template.Id)?.Settings.TemplateId == template.Id,
        Tags = template.Tags,
        RequiredEnv = [.. template.Variables.Select(variable => new McpVariableView(variable.Name, variable.Label, variable.IsSecret, variable.GetUrl.Length > 0 ? variable.GetUrl : null))],
        HasOauth = template.HasOAuth,
        SetupInstructions = template.Setup,
    };
}

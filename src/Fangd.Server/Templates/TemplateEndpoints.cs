using Fangd.Server.Http;

namespace Fangd.Server.Templates;

/// <summary>Agent templates: the embedded ones and the user's own.</summary>
internal sealed class TemplateEndpoints(TemplateLibrary library)
{
    public void Map(RouteTable routes)
    {
        routes.Get("/api/templates", List);
        routes.Get("/api/templates/{name}", Get);
    }

    private Task List(Exchange exchange)
    {
        var items = library.All().Select(t => new TemplateItem(t.Name, t.Manifest.Description, t.Path)).ToList();
        return exchange.Ok(new TemplateList(items, items.Count));
    }

    private Task Get(Exchange exchange)
    {
        var name = exchange.Value("name");
        var template = library.Find(name) ?? throw ApiException.NotFound($"Template '{name}' not found");
        var manifest = template.Manifest;
        return exchange.Ok(
            new TemplateView(
                template.Name,
                new TemplateManifest(
                    manifest.Name,
                    manifest.Version,
                    manifest.Description,
                    manifest.Author,
                    manifest.Module,
                    manifest.Tags,
                    new TemplateModel(manifest.Model.Provider, manifest.Model.Model, manifest.Model.MaxTokens, manifest.Model.Temperature, manifest.Model.SystemPrompt),
                    new TemplateCapabilities(manifest.Capabilities.Tools, manifest.Capabilities.Network, manifest.Capabilities.Shell)),
                template.ManifestToml));
    }
}

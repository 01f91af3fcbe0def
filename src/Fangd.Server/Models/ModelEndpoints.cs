using Fangd.Server.Http;

namespace Fangd.Server.Models;

/// <summary>The catalogue: list, look at, add and remove.</summary>
internal sealed class ModelEndpoints(ModelCatalog catalog, LocalModels local)
{
    public void Map(RouteTable routes)
    {
        routes.Get("/api/models", List);
        routes.Get("/api/models/aliases", Aliases);
        routes.Post("/api/models/custom", Add);
        routes.Delete("/api/models/custom/{id+}", Remove);
        routes.Get("/api/models/{id+}", Get);
    }

    private async Task List(Exchange exchange)
    {
        await local.Refresh();
        var provider = exchange.Query("provider");
        var models = catalog.Current.All.Where(m => provider is null || m.Provider == provider).Select(ModelShape.View).ToList();
        await exchange.Ok(new ModelList(models, models.Count));
    }

    private Task Get(Exchange exchange)
    {
        var id = exchange.Value("id");
        var set = catalog.Current;
        var model = set.FindById(id) ?? set.FindAlias(id) ?? throw ApiException.NotFound($"Model '{id}' not found in catalog");
        return exchange.Ok(ModelShape.View(model));
    }

    private Task Aliases(Exchange exchange)
    {
        var aliases = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (alias, model) in catalog.Current.Aliases)
            aliases.Add(alias, model.Id);
        return exchange.Ok(new AliasList(aliases, aliases.Count));
    }

    private async Task Add(Exchange exchange)
    {
        var entry = await exchange.ReadJson<ModelEntry>();
        ModelInfo model;
        try
        {
            model = ModelShape.Read(entry, ModelOrigin.Custom, "the model");
        }
        catch (InvalidDataException wrong)
        {
            throw ApiException.BadRequest(wrong.Message);
        }

        await catalog.Add(model);
        await exchange.Created(new ModelChanged("added", model.Id));
    }

    private async Task Remove(Exchange exchange)
    {
        var id = exchange.Value("id");
        await catalog.Remove(id);
        await exchange.Deleted(new ModelChanged("removed", id));
    }
}

using Fangd.Server.Http;

namespace Fangd.Server.Models;

/// <summary>How old the catalogue is, and bringing it up to date.</summary>
internal sealed class CatalogEndpoints(ModelCatalog catalog, CatalogSource source, LocalModels local, TimeProvider time)
{
    private const int MostTold = 200;

    public void Map(RouteTable routes)
    {
        routes.Get("/api/catalog/status", Status);
        routes.Post("/api/catalog/update", Update).Costs(5);
    }

    private async Task Status(Exchange exchange)
    {
        await local.Refresh();
        var last = catalog.LastSync;
        await exchange.Ok(new CatalogStatus(last?.At, last?.Source ?? "built-in", catalog.Current.All.Count));
    }

    private async Task Update(Exchange exchange)
    {
        var models = await source.Read(exchange.Aborted);
        var report = await catalog.Merge(models, new CatalogSync(time.GetUtcNow(), source.Name!));
        var added = report.Changes.Count(c => c.IsNew);
        await exchange.Ok(
            new CatalogUpdated(
                "updated",
                added,
                report.Changes.Count - added,
                report.Listed,
                source.Name!,
                [.. report.Changes.Take(MostTold).Select(c => new CatalogUpdatedModel(c.Id, c.Provider, c.What))]));
    }
}

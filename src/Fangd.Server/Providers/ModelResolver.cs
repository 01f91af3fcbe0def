using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Models;

namespace Fangd.Server.Providers;

/// <summary>The daemon's <see cref="IChatModel"/>: names to model, client, address and key, the only place that does it.</summary>
internal sealed class ModelResolver(ProviderSettings settings, ModelCatalog catalog, WireClients clients) : IChatModel
{
    public int ContextWindow(ModelRef model) => catalog.Current.Find(model.Provider, model.Model)?.ContextWindow ?? ModelInfo.UnknownWindow;

    public double Cost(ModelRef model, LlmUsage usage) => Price(model).Of(usage);

    public CallPrice Price(ModelRef model)
    {
        if (catalog.Current.Find(model.Provider, model.Model)?.Price is { } price)
            return new CallPrice(price.IsFree ? PriceKind.Free : PriceKind.Known, price);
        return new CallPrice(settings.IsLocal(model.Provider) ? PriceKind.Free : PriceKind.Unknown, null);
    }

    /// <summary>
    /// The model behind an alias (<c>sonnet</c>), with its provider. A name that the provider has itself stays; so does one at a local server or at
    /// an address that the user has set, because there it is for the server to know.
    /// </summary>
    public ModelRef Resolve(ModelRef model)
    {
        // Providers are found in any case; prices, sums and budgets know one spelling.
        if (ProviderList.Find(model.Provider) is { } spelled && spelled.Id != model.Provider)
            model = model with { Provider = spelled.Id };
        var known = catalog.Current;
        if (known.Find(model.Provider, model.Model) is not null || known.FindAlias(model.Model) is not { } target)
            return model;
        if (target.Provider == model.Provider)
            return model with { Model = target.Id };
        var isTheirs = model.BaseUrl is { Length: > 0 } || settings.IsOwn(model.Provider);
        return isTheirs ? model : new ModelRef(target.Provider, target.Id);
    }

    public IAsyncEnumerable<LlmEvent> Stream(ModelRef model, LlmRequest request, CancellationToken run)
    {
        var resolved = Resolve(model);
        var target = settings.Target(resolved, out var provider);
        return clients.Of(provider).Stream(request with { Model = WireName(resolved) }, target, run);
    }

    /// <summary>What the provider itself calls the model: a router's models carry the router's name in our ids.</summary>
    private string WireName(ModelRef model) =>
        catalog.Current.Find(model.Provider, model.Model) is { WireName: { } name } known && known.Id == model.Model ? name : model.Model;
}

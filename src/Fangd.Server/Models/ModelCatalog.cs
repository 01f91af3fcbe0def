using System.Collections.Immutable;
using Fangd.Server.Http;

namespace Fangd.Server.Models;

/// <summary>
/// All known models: the built-in ones, what a sync brought, the user's own, and what local servers list. Read at the first look;
/// a change makes a new <see cref="ModelSet"/>, and who has the old one goes on with it.
/// </summary>
internal sealed class ModelCatalog(ModelStore store)
{
    // One change at a time: row and memory stay in step.
    private readonly SemaphoreSlim _changing = new(1);
    private readonly Lock _loading = new();
    private ImmutableDictionary<string, IReadOnlyList<ModelInfo>> _discovered = ImmutableDictionary<string, IReadOnlyList<ModelInfo>>.Empty;
    private volatile ModelSet? _current;

    public ModelSet Current => _current ?? Load();

    public CatalogSync? LastSync => store.LastSync();

    /// <summary>Adds a model of the user's own; 409 when its id is taken.</summary>
    public Task Add(ModelInfo model) => Change(async () =>
    {
        if (Current.FindById(model.Id) is { Origin: not ModelOrigin.Discovered } taken)
            throw ApiException.Conflict($"Model '{model.Id}' exists already (provider {taken.Provider})");
        await store.AddCustom(model);
    });

    /// <summary>Removes a model of the user's own; 404 for any other.</summary>
    public Task Remove(string id) => Change(async () =>
    {
        if (Current.All.FirstOrDefault(m => m.Id == id && m.Origin == ModelOrigin.Custom) is not { } model)
            throw ApiException.NotFound($"Model '{id}' is not a custom model");
        await store.RemoveCustom(model);
    });

    /// <summary>Takes over what a source lists, all of it or nothing.</summary>
    public async Task<CatalogReport> Merge(IReadOnlyList<ModelInfo> listed, CatalogSync sync)
    {
        CatalogReport? report = null;
        await Change(async () =>
        {
            var before = Current;
            var changes = new List<CatalogChange>();
            var unique = new ModelSet(listed).All;
            foreach (var model in unique)
            {
                if (before.Find(model.Provider, model.Id) is not { Origin: not ModelOrigin.Discovered } known)
                    changes.Add(new CatalogChange(model.Provider, model.Id, IsNew: true, "added"));
                else if (known.Origin != ModelOrigin.Custom && Difference(known, model) is { Length: > 0 } difference)
                    changes.Add(new CatalogChange(model.Provider, model.Id, IsNew: false, difference));
            }

            // The source need not list the aliases: the seed's stay with the models that have them.
            await store.ReplaceSynced(
                [.. unique.Select(m => m.Aliases.Count > 0 || before.Find(m.Provider, m.Id) is not { } known ? m : m with { Aliases = known.Aliases })],
                sync);
            report = new CatalogReport(changes, unique.Count);
        });
        return report!;
    }

    /// <summary>Replaces what a local server lists.</summary>
    public void Discover(string provider, IReadOnlyList<ModelInfo> models)
    {
        lock (_loading)
        {
            if (_discovered.TryGetValue(provider, out var before) && before.SequenceEqual(models))
                return;
            _discovered = _discovered.SetItem(provider, models);
            if (_current is not null)
                _current = Build();
        }
    }

    private async Task Change(Func<Task> change)
    {
        await _changing.WaitAsync();
        try
        {
            await change();
            lock (_loading)
                _current = Build();
        }
        finally
        {
            _changing.Release();
        }
    }

    private ModelSet Load()
    {
        lock (_loading)
            return _current ??= Build();
    }

    private ModelSet Build() => new([.. ModelTable.BuiltIn(), .. store.Load(), .. _discovered.Values.SelectMany(m => m)]);

    private static string Difference(ModelInfo known, ModelInfo listed)
    {
        var fields = new List<string>();
        if (listed.Price is not null && known.Price != listed.Price)
            fields.Add(known.Price is { } old ? FormattableString.Invariant($"price {old.Input}/{old.Output} → {listed.Price.Input}/{listed.Price.Output}") : "price");
        if (known.ContextWindow != listed.ContextWindow)
            fields.Add(FormattableString.Invariant($"context_window {known.ContextWindow} → {listed.ContextWindow}"));
        if (known.MaxOutput != listed.MaxOutput)
            fields.Add(FormattableString.Invariant($"max_output {known.MaxOutput} → {listed.MaxOutput}"));
        if (known.DisplayName != listed.DisplayName)
            fields.Add("display_name");
        if (known.Tier != listed.Tier)
            fields.Add("tier");
        if ((known.HasTools, known.HasVision, known.HasStreaming) != (listed.HasTools, listed.HasVision, listed.HasStreaming))
            fields.Add("abilities");
        return string.Join(", ", fields);
    }
}

/// <summary>One model that a sync added or changed.</summary>
internal sealed record CatalogChange(string Provider, string Id, bool IsNew, string What);

internal sealed record CatalogReport(IReadOnlyList<CatalogChange> Changes, int Listed);

namespace Fangd.Server.Models;

/// <summary>All models that are known at one moment. Immutable; look-ups do not allocate.</summary>
internal sealed class ModelSet
{
    private readonly Dictionary<(string Provider, string Id), ModelInfo> _byKey = [];
    private readonly Dictionary<string, ModelInfo> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelInfo> _byAlias = new(StringComparer.Ordinal);

    /// <summary>Of two entries for one model the one with the later <see cref="ModelOrigin"/> counts, in the place of the first.</summary>
    public ModelSet(IEnumerable<ModelInfo> models)
    {
        var all = new List<ModelInfo>(256);
        var places = new Dictionary<(string, string), int>();
        foreach (var model in models)
        {
            var key = (model.Provider, model.Id);
            if (!places.TryGetValue(key, out var place))
            {
                places.Add(key, all.Count);
                all.Add(model);
            }
            else if (model.Origin > all[place].Origin)
            {
                all[place] = model;
            }
        }

        foreach (var model in all)
        {
            _byKey.Add((model.Provider, model.Id), model);
            if (!_byId.TryAdd(model.Id, model) && model.Origin > _byId[model.Id].Origin)
                _byId[model.Id] = model;
        }

        foreach (var model in all)
        {
            if (model.WireName is { } wire)
                _byKey.TryAdd((model.Provider, wire), model);
            foreach (var alias in model.Aliases)
            {
                // A model's own name is never taken for another's.
                if (!_byId.ContainsKey(alias))
                    _byAlias.TryAdd(alias, model);
            }
        }

        All = all;
    }

    public IReadOnlyList<ModelInfo> All { get; }

    public IReadOnlyDictionary<string, ModelInfo> Aliases => _byAlias;

    /// <summary>The entry for what an agent names, by id or by the provider's own name of it; or null.</summary>
    public ModelInfo? Find(string provider, string model) => _byKey.GetValueOrDefault((provider, model));

    public ModelInfo? FindById(string id) => _byId.GetValueOrDefault(id);

    public ModelInfo? FindAlias(string alias) => _byAlias.GetValueOrDefault(alias);
}

namespace Fangd.Server.Models;

/// <summary>Between models and their JSON.</summary>
internal static class ModelShape
{
    public static ModelView View(ModelInfo model) => new()
    {
        Id = model.Id,
        Provider = model.Provider,
        DisplayName = model.DisplayName,
        Tier = model.Tier,
        ContextWindow = model.ContextWindow,
        MaxOutputTokens = model.MaxOutput,
        InputCost = model.Price?.Input ?? 0,
        CachedCost = model.Price?.Cached ?? 0,
        OutputCost = model.Price?.Output ?? 0,
        SupportsTools = model.HasTools,
        SupportsVision = model.HasVision,
        SupportsStreaming = model.HasStreaming,
        Pricing = model.Price is null ? "unknown" : model.Price.IsFree ? "free" : "known",
        Source = model.Origin switch
        {
            ModelOrigin.Discovered => "local",
            ModelOrigin.Catalog => "catalog",
            ModelOrigin.Custom => "custom",
            _ => "built-in",
        },
        Aliases = model.Aliases,
    };

    /// <summary>Throws <see cref="InvalidDataException"/> that names the field; <paramref name="where"/> begins the message.</summary>
    public static ModelInfo Read(ModelEntry entry, ModelOrigin origin, string where)
    {
        if (string.IsNullOrWhiteSpace(entry.Id))
            throw new InvalidDataException($"{where}: id is missing");
        if (string.IsNullOrWhiteSpace(entry.Provider))
            throw new InvalidDataException($"{where}: provider is missing");
        // One half of a price is no price: a call would be charged for its input only.
        if (entry.InputCost is null != entry.OutputCost is null)
            throw new InvalidDataException($"{where}: input_cost_per_1m and output_cost_per_1m belong together");
        var model = new ModelInfo
        {
            Id = entry.Id.Trim(),
            Provider = entry.Provider.Trim(),
            DisplayName = entry.DisplayName is { Length: > 0 } name ? name : entry.Id.Trim(),
            Tier = entry.Tier is { Length: > 0 } tier ? tier.ToLowerInvariant() : "custom",
            ContextWindow = entry.ContextWindow ?? ModelInfo.UnknownWindow,
            MaxOutput = entry.MaxOutput ?? entry.MaxOutputTokens ?? 0,
            Price = entry is { InputCost: { } input, OutputCost: { } output } ? new ModelPrice(input, entry.CachedCost ?? input, output) : null,
            HasTools = entry.SupportsTools ?? true,
            HasVision = entry.SupportsVision ?? false,
            HasStreaming = entry.SupportsStreaming ?? true,
            WireName = entry.WireName is { Length: > 0 } wire ? wire : null,
            Aliases = [.. (entry.Aliases ?? []).Where(a => a.Length > 0 && !a.Contains(','))],
            Origin = origin,
        };
        return ModelTable.Check(model, where);
    }
}

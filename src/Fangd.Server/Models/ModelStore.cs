using Fangd.Server.Storage;

namespace Fangd.Server.Models;

/// <summary>The rows of models that are not built in, and when the catalogue was last brought up to date.</summary>
internal sealed class ModelStore(Database database)
{
    private const string Custom = "custom";
    private const string Synced = "catalog";

    public List<ModelInfo> Load() => database.Read(sql => sql.All(
        """
        SELECT origin, provider, id, display_name, tier, context_window, max_output, input_cost, cached_cost, output_cost, tools, vision, streaming,
            wire_name, aliases
        FROM models ORDER BY origin DESC, provider, id
        """,
        r => new ModelInfo
        {
            Origin = r.Text(0) == Custom ? ModelOrigin.Custom : ModelOrigin.Catalog,
            Provider = r.Text(1),
            Id = r.Text(2),
            DisplayName = r.Text(3),
            Tier = r.Text(4),
            ContextWindow = r.Int(5),
            MaxOutput = r.Int(6),
            Price = r.IsNull(7) || r.IsNull(9) ? null : new ModelPrice(r.Real(7), r.Real(r.IsNull(8) ? 7 : 8), r.Real(9)),
            HasTools = r.Flag(10),
            HasVision = r.Flag(11),
            HasStreaming = r.Flag(12),
            WireName = r.TextOrNull(13),
            Aliases = r.Text(14).Split(',', StringSplitOptions.RemoveEmptyEntries),
        }));

    public Task AddCustom(ModelInfo model) => database.Write(sql => Insert(sql, model));

    public Task RemoveCustom(ModelInfo model) => database.Write(sql => sql.Execute(
        "DELETE FROM models WHERE origin = $origin AND provider = $provider AND id = $id", Custom, model.Provider, model.Id));

    /// <summary>Replaces what the last sync brought.</summary>
    public Task ReplaceSynced(IReadOnlyList<ModelInfo> models, CatalogSync sync) => database.Write(sql =>
    {
        sql.Execute("DELETE FROM models WHERE origin = $origin", Synced);
        foreach (var model in models)
            Insert(sql, model);
        sql.Execute("INSERT OR REPLACE INTO catalog_sync (only, at, source) VALUES (1, $at, $source)", sync.At, sync.Source);
    });

    public CatalogSync? LastSync() => database.Read(sql => sql.One("SELECT at, source FROM catalog_sync", r => new CatalogSync(r.Time(0), r.Text(1))));

    private static void Insert(SqlSession sql, ModelInfo model) => sql.Execute(
        """
        INSERT INTO models (origin, provider, id, display_name, tier, context_window, max_output, input_cost, cached_cost, output_cost, tools, vision,
            streaming, wire_name, aliases)
        VALUES ($origin, $provider, $id, $name, $tier, $window, $output, $in, $cached, $out, $tools, $vision, $streaming, $wire, $aliases)
        """,
        model.Origin == ModelOrigin.Custom ? Custom : Synced,
        model.Provider,
        model.Id,
        model.DisplayName,
        model.Tier,
        model.ContextWindow,
        model.MaxOutput,
        Real(model.Price?.Input),
        Real(model.Price?.Cached),
        Real(model.Price?.Output),
        model.HasTools,
        model.HasVision,
        model.HasStreaming,
        model.WireName,
        string.Join(',', model.Aliases));

    private static SqlValue Real(double? value) => value is { } real ? real : (string?)null;
}

/// <summary>When the catalogue was last brought up to date, and from where.</summary>
internal sealed record CatalogSync(DateTimeOffset At, string Source);

using System.Text.Json.Serialization;

namespace Fangd.Server.Models;

/// <summary>One model as it is listed. Costs are USD per million tokens; 0 with <c>pricing</c> "unknown" means that nobody said.</summary>
public sealed record ModelView
{
    public required string Id { get; init; }
    public required string Provider { get; init; }
    public required string DisplayName { get; init; }
    public required string Tier { get; init; }
    public required int ContextWindow { get; init; }
    public required int MaxOutputTokens { get; init; }

    [JsonPropertyName("input_cost_per_1m")]
    public required double InputCost { get; init; }

    [JsonPropertyName("cached_cost_per_1m")]
    public required double CachedCost { get; init; }

    [JsonPropertyName("output_cost_per_1m")]
    public required double OutputCost { get; init; }

    public required bool SupportsTools { get; init; }
    public required bool SupportsVision { get; init; }
    public required bool SupportsStreaming { get; init; }
    public required string Pricing { get; init; }
    public required string Source { get; init; }
    public required IReadOnlyList<string> Aliases { get; init; }
}

public sealed record ModelList(IReadOnlyList<ModelView> Models, int Total);

public sealed record AliasList(IReadOnlyDictionary<string, string> Aliases, int Total);

/// <summary>A model as the user or a catalogue source gives it.</summary>
public sealed record ModelEntry
{
    public string? Id { get; init; }
    public string? Provider { get; init; }
    public string? DisplayName { get; init; }
    public string? Tier { get; init; }
    public int? ContextWindow { get; init; }
    public int? MaxOutput { get; init; }
    public int? MaxOutputTokens { get; init; }

    [JsonPropertyName("input_cost_per_1m")]
    public double? InputCost { get; init; }

    [JsonPropertyName("cached_cost_per_1m")]
    public double? CachedCost { get; init; }

    [JsonPropertyName("output_cost_per_1m")]
    public double? OutputCost { get; init; }

    public bool? SupportsTools { get; init; }
    public bool? SupportsVision { get; init; }
    public bool? SupportsStreaming { get; init; }
    public string? WireName { get; init; }
    public IReadOnlyList<string>? Aliases { get; init; }
}

/// <summary>A catalogue source's file in its JSON form, the same as the answer of <c>GET /api/models</c>.</summary>
public sealed record ModelEntries(IReadOnlyList<ModelEntry?>? Models);

public sealed record ModelChanged(string Status, string ModelId);

public sealed record CatalogStatus([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? LastSync, string Source, int ModelCount);

public sealed record CatalogUpdated(string Status, int ModelsAdded, int ModelsUpdated, int ModelsListed, string Source, IReadOnlyList<CatalogUpdatedModel> Changes);

public sealed record CatalogUpdatedModel(string Id, string Provider, string Change);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(ModelView))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(AliasList))]
[JsonSerializable(typeof(ModelEntry), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ModelEntries), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(IReadOnlyList<ModelEntry>), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ModelChanged))]
[JsonSerializable(typeof(CatalogStatus))]
[JsonSerializable(typeof(CatalogUpdated))]
internal sealed partial class ModelJson : JsonSerializerContext;

using System.Text.Json.Serialization;
using Fangd.Server.Http;

namespace Fangd.Server.Models;

/// <summary>One model as it is listed. Costs are USD per million tokens; 0 with <c>pricing</c> "unknown" means that nobody said.</summary>
public sealed partial record ModelView : IAnswer
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

public sealed partial record ModelList(IReadOnlyList<ModelView> Models, int Total) : IAnswer;

public sealed partial record AliasList(IReadOnlyDictionary<string, string> Aliases, int Total) : IAnswer;

/// <summary>A model as the user or a catalogue source gives it.</summary>
public sealed partial record ModelEntry : IRequest<ModelEntry>
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
public sealed partial record ModelEntries(IReadOnlyList<ModelEntry?>? Models) : IRequest<ModelEntries>;

public sealed partial record ModelChanged(string Status, string ModelId) : IAnswer;

public sealed partial record CatalogStatus([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? LastSync, string Source, int ModelCount) : IAnswer;

public sealed partial record CatalogUpdated(string Status, int ModelsAdded, int ModelsUpdated, int ModelsListed, string Source, IReadOnlyList<CatalogUpdatedModel> Changes) : IAnswer;

public sealed partial record CatalogUpdatedModel(string Id, string Provider, string Change) : IAnswer;

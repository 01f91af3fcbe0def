using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fangd.Server.Memory.Graph;

/// <summary>An entity as clients see it; <c>agent_id</c> is absent for what is shared.</summary>
public sealed record EntityView(
    string Id, string? AgentId, string EntityType, string Name, JsonElement Properties, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

public sealed record RelationView(
    string Id, string? AgentId, EntityView Source, string RelationType, EntityView Target, JsonElement Properties, double Confidence, DateTimeOffset CreatedAt);

/// <summary>Lists; <c>next</c> is the <c>before</c> of the page that follows, absent at the end.</summary>
public sealed record EntityPage(IReadOnlyList<EntityView> Items, long Total, string? Next);

public sealed record RelationPage(IReadOnlyList<RelationView> Items, long Total, string? Next);

/// <summary>Relations from one end of a path to the other, in their order.</summary>
public sealed record PathView(int Depth, IReadOnlyList<RelationView> Path);

public sealed record PathList(IReadOnlyList<PathView> Items, int Total);

/// <summary>Without <c>agent_id</c> the entity is shared. <c>type</c> is another word for <c>entity_type</c>.</summary>
public sealed record AddEntityRequest(string? AgentId, string? Name, string? EntityType, string? Type, JsonElement? Properties);

public sealed record AddRelationRequest
{
    public string? AgentId { get; init; }
    public string? Source { get; init; }

    /// <summary>Also called <c>relation</c>.</summary>
    public string? RelationType { get; init; }

    public string? Relation { get; init; }
    public string? Target { get; init; }
    public JsonElement? Properties { get; init; }
    public double? Confidence { get; init; }
}

public sealed record GraphQueryRequest(string? AgentId, string? Source, string? Relation, string? Target, int? MaxDepth, string? Direction, int? Limit);

public sealed record GraphDeleted(string Status, string Id);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(EntityPage))]
[JsonSerializable(typeof(RelationPage))]
[JsonSerializable(typeof(PathList))]
[JsonSerializable(typeof(AddEntityRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(AddRelationRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(GraphQueryRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(GraphDeleted))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class GraphJson : JsonSerializerContext;

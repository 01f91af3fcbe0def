using System.Text.Json;
using Fangd.Server.Http;

namespace Fangd.Server.Memory.Graph;

/// <summary>An entity as clients see it; <c>agent_id</c> is absent for what is shared.</summary>
public sealed partial record EntityView(
    string Id, string? AgentId, string EntityType, string Name, JsonElement Properties, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt) : IAnswer;

public sealed partial record RelationView(
    string Id, string? AgentId, EntityView Source, string RelationType, EntityView Target, JsonElement Properties, double Confidence, DateTimeOffset CreatedAt) : IAnswer;

/// <summary>Lists; <c>next</c> is the <c>before</c> of the page that follows, absent at the end.</summary>
public sealed partial record EntityPage(IReadOnlyList<EntityView> Items, long Total, string? Next) : IAnswer;

public sealed partial record RelationPage(IReadOnlyList<RelationView> Items, long Total, string? Next) : IAnswer;

/// <summary>Relations from one end of a path to the other, in their order.</summary>
public sealed partial record PathView(int Depth, IReadOnlyList<RelationView> Path) : IAnswer;

public sealed partial record PathList(IReadOnlyList<PathView> Items, int Total) : IAnswer;

/// <summary>Without <c>agent_id</c> the entity is shared. <c>type</c> is another word for <c>entity_type</c>.</summary>
public sealed partial record AddEntityRequest(string? AgentId, string? Name, string? EntityType, string? Type, JsonElement? Properties) : IRequest<AddEntityRequest>;

public sealed partial record AddRelationRequest : IRequest<AddRelationRequest>
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

public sealed partial record GraphQueryRequest(string? AgentId, string? Source, string? Relation, string? Target, int? MaxDepth, string? Direction, int? Limit) : IRequest<GraphQueryRequest>;

public sealed partial record GraphDeleted(string Status, string Id) : IAnswer;

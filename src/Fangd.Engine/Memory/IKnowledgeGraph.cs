using Fangd.Protocols.Llm;

namespace Fangd.Engine.Memory;

/// <summary>Who sees an entity or a relation.</summary>
public enum GraphScope
{
    /// <summary>The agent alone.</summary>
    Own,

    /// <summary>All agents that may read what is shared.</summary>
    Shared,
}

/// <summary>A thing that is known of. <paramref name="Properties"/> is a JSON object as text; <paramref name="AgentId"/> is null for what is shared.</summary>
public sealed record GraphEntity(
    string Id, string? AgentId, string Type, string Name, string Properties, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>What its facts were noted with.</summary>
    public TaintLabels Taint { get; init; }
}

/// <summary>How one entity relates to another.</summary>
public sealed record GraphRelation(
    string Id, string? AgentId, GraphEntity Source, string Type, GraphEntity Target, string Properties, double Confidence, DateTimeOffset CreatedAt)
{
    public TaintLabels Taint { get; init; }
}

/// <summary>Relations in the order in which a walk went through them; each begins or ends where the one before did.</summary>
public sealed record GraphPath(IReadOnlyList<GraphRelation> Steps);

/// <summary>In which direction relations are walked.</summary>
public enum GraphDirection
{
    Outgoing,
    Incoming,
    Both,
}

/// <summary>What is asked of the graph: names or ids of the ends, a type of relation, all optional.</summary>
public sealed record GraphQuery
{
    /// <summary>Most relations in a path.</summary>
    public const int Deepest = 6;

    public string? Source { get; init; }

    /// <summary>Every step has this type.</summary>
    public string? Relation { get; init; }

    public string? Target { get; init; }

    /// <summary>1 to <see cref="Deepest"/>.</summary>
    public int MaxDepth { get; init; } = 1;

    public GraphDirection Direction { get; init; }

    /// <summary>Shared entities and relations count beside the agent's own.</summary>
    public bool IncludesShared { get; init; }

    /// <summary>Most paths, 1 to 100.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>Things and how they relate.</summary>
public interface IKnowledgeGraph
{
    /// <summary>Adds the entity, or merges the properties into the one of that name and type.</summary>
    ValueTask<GraphEntity> AddEntity(string agentId, GraphScope scope, string type, string name, string properties, TaintLabels taint);

    /// <summary>
    /// Adds the relation, or updates the confidence of the one that is there. Ends are names or ids; a name that is not known becomes a
    /// <c>concept</c>.
    /// </summary>
    ValueTask<GraphRelation> AddRelation(string agentId, GraphScope scope, string source, string type, string target, double confidence, TaintLabels taint);

    /// <summary>The shortest paths first.</summary>
    ValueTask<IReadOnlyList<GraphPath>> Query(string agentId, GraphQuery query);
}

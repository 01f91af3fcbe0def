using Fangd.Protocols.Llm;

namespace Fangd.Engine.Memory;

/// <summary>What is searched for. <paramref name="Limit"/>: most hits, at least 1.</summary>
public sealed record MemoryQuery(string Text, int Limit)
{
    /// <summary>Which scopes count; null for all.</summary>
    public Func<string, bool>? Scopes { get; init; }

    /// <summary>0 to 1.</summary>
    public double LeastConfidence { get; init; }

    /// <summary>Leaves out what shares too little with the text to be worth showing unasked.</summary>
    public bool IsStrict { get; init; }

    /// <summary>How long the embedding of the text may take; then it goes on with words alone.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>A memory that was found. <paramref name="Score"/>: 0 to 1, comparable within one search only.</summary>
public sealed record MemoryHit(
    string Id, string AgentId, string Content, string Source, string Scope, double Confidence, DateTimeOffset CreatedAt, double Score)
{
    /// <summary>What it was kept with.</summary>
    public TaintLabels Taint { get; init; }
}

/// <summary>What agents remember as text, found by words and, where an embedding model is configured, by meaning.</summary>
public interface ISemanticMemory
{
    /// <summary>The best hits first.</summary>
    ValueTask<IReadOnlyList<MemoryHit>> Search(string agentId, MemoryQuery query, CancellationToken run);

    /// <summary>Notes that memories were of use, so that they stay trusted. Nobody waits for it.</summary>
    void Touch(IReadOnlyList<string> ids);
}

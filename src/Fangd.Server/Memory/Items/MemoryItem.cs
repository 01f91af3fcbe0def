using Fangd.Protocols.Llm;

namespace Fangd.Server.Memory.Items;

/// <summary>One memory as it is stored. <paramref name="Metadata"/> is a JSON object as text, or null.</summary>
internal sealed record MemoryItem(
    long Key,
    string Id,
    string AgentId,
    string Content,
    string Source,
    string Scope,
    double Confidence,
    string? Metadata,
    DateTimeOffset CreatedAt,
    DateTimeOffset AccessedAt,
    long AccessCount,
    bool IsEmbedded,
    TaintLabels Taint);

/// <summary>A memory that is to be kept.</summary>
internal sealed record NewMemory(string Content)
{
    public const string UsualScope = "episodic";

    public string Source { get; init; } = "user_provided";
    public string Scope { get; init; } = UsualScope;

    /// <summary>0 to 1.</summary>
    public double Confidence { get; init; } = 1;

    public string? Metadata { get; init; }

    /// <summary>When it was first kept, if that is known; null for now.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>What was in the context that it comes from.</summary>
    public TaintLabels Taint { get; init; }

    /// <summary>What makes it the same memory when it comes again; null for its content.</summary>
    public string? Sameness { get; init; }
}

/// <summary>What of a memory is to become different; null leaves a field as it is.</summary>
internal sealed record MemoryChange(string? Content, string? Source, string? Scope, double? Confidence, string? Metadata);

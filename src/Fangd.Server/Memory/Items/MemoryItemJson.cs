using System.Text.Json;
using Fangd.Server.Http;

namespace Fangd.Server.Memory.Items;

/// <summary>A memory as clients see it.</summary>
public sealed partial record MemoryView : IAnswer
{
    public required string Id { get; init; }
    public required string AgentId { get; init; }
    public required string Content { get; init; }
    public required string Source { get; init; }
    public required string Scope { get; init; }
    public required double Confidence { get; init; }
    public required JsonElement Metadata { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset AccessedAt { get; init; }
    public required long AccessCount { get; init; }

    /// <summary>Whether it can be found by meaning.</summary>
    public required bool Embedded { get; init; }
}

/// <summary>A page; <c>next</c> is the <c>before</c> of the page that follows, absent at the end.</summary>
public sealed partial record MemoryPage(IReadOnlyList<MemoryView> Items, long Total, string? Next) : IAnswer;

public sealed partial record FoundMemory(
    string Id, string AgentId, string Content, string Source, string Scope, double Confidence, DateTimeOffset CreatedAt, double Score) : IAnswer;

/// <summary><c>mode</c> is <c>hybrid</c> when an embedding model is configured and its vectors can be compared, else <c>words</c>.</summary>
public sealed partial record FoundMemories(string Query, string Mode, IReadOnlyList<FoundMemory> Items, int Total) : IAnswer;

public sealed partial record MemoryStats : IAnswer
{
    /// <summary>Null for all agents.</summary>
    public string? AgentId { get; init; }

    public required long Total { get; init; }
    public long? Agents { get; init; }
    public required long Embedded { get; init; }
    public required long WaitingForEmbedding { get; init; }

    /// <summary><c>provider/model</c>; absent when none is configured.</summary>
    public string? EmbeddingModel { get; init; }

    public required long Entities { get; init; }
    public required long Relations { get; init; }
}

public sealed partial record AddMemoryRequest(
    string? AgentId, string? Content, string? Source, string? Scope, double? Confidence, JsonElement? Metadata, DateTimeOffset? CreatedAt) : IRequest<AddMemoryRequest>;

public sealed partial record ChangeMemoryRequest(string? Content, string? Source, string? Scope, double? Confidence, JsonElement? Metadata) : IRequest<ChangeMemoryRequest>;

public sealed partial record ImportRequest(IReadOnlyList<AddMemoryRequest>? Items) : IRequest<ImportRequest>;

public sealed partial record Imported(string Status, int Added, int Known) : IAnswer;

public sealed partial record MemoryDeleted(string Status, string Id) : IAnswer;

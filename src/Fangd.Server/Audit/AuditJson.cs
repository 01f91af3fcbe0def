using System.Text.Json.Serialization;
using Fangd.Server.Http;

namespace Fangd.Server.Audit;

/// <summary>An entry under the names of both programs that this API follows.</summary>
public sealed partial record AuditItem : IAnswer
{
    public required long Id { get; init; }
    public required long Seq { get; init; }
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>As <c>agent_spawned</c>.</summary>
    public required string EventType { get; init; }

    /// <summary>As <c>AgentSpawn</c>; this is the one that is hashed.</summary>
    public required string Action { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? AgentId { get; init; }

    public required string Details { get; init; }
    public required string Detail { get; init; }
    public required string Outcome { get; init; }
    public required string Hash { get; init; }
    public required string PrevHash { get; init; }
}

/// <summary><paramref name="Total"/> counts the whole chain, whatever was asked for.</summary>
public sealed partial record AuditPage(IReadOnlyList<AuditItem> Entries, long Total, string TipHash) : IAnswer;

public sealed partial record AuditVerified : IAnswer
{
    /// <summary><c>valid</c> or <c>broken</c>.</summary>
    public required string Status { get; init; }

    public required bool Valid { get; init; }

    /// <summary>Entries that hold, from the first on.</summary>
    public required long ChainLength { get; init; }

    /// <summary>Another word for <see cref="ChainLength"/>.</summary>
    public required long Entries { get; init; }

    /// <summary>Older entries that were taken out behind a signed checkpoint.</summary>
    public required long PrunedEntries { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required DateTimeOffset? FirstEntry { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required DateTimeOffset? LastEntry { get; init; }

    public required string TipHash { get; init; }
    public long? BreakAt { get; init; }
    public string? Error { get; init; }
}

using Fangd.Protocols.Llm;

namespace Fangd.Engine.Context;

/// <summary>A history that every provider accepts, and what had to be done for it.</summary>
public readonly record struct RepairOutcome(IReadOnlyList<LlmMessage> Messages, RepairCounts Counts);

/// <summary>What a repair changed; all zero when nothing.</summary>
public readonly record struct RepairCounts
{
    /// <summary>Results of calls that nobody made, taken out.</summary>
    public int OrphanedResults { get; init; }

    /// <summary>Messages without content, taken out.</summary>
    public int Empties { get; init; }

    /// <summary>Messages joined to the one before, of the same role.</summary>
    public int Merged { get; init; }

    /// <summary>Results moved behind their call, and system messages moved to the front.</summary>
    public int Reordered { get; init; }

    /// <summary>Error results put in for calls that have none.</summary>
    public int Synthetic { get; init; }

    /// <summary>Second results of one call, taken out.</summary>
    public int Duplicates { get; init; }

    /// <summary>Calls that got a new id because theirs was empty or taken.</summary>
    public int Renamed { get; init; }

    /// <summary>1 when a user message was put before a conversation that begins otherwise.</summary>
    public int OpeningInserted { get; init; }
}

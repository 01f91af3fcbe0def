namespace Fangd.Server.Audit;

/// <summary>What a walk along the chain found; times in Unix milliseconds, null for an empty chain.</summary>
internal sealed record AuditVerdict(long Length, long? FirstAt, long? LastAt, byte[] TipHash, long Pruned)
{
    /// <summary>The number of the first entry that is not as the daemon wrote it; null when all are.</summary>
    public long? BreakAt { get; init; }

    /// <summary>What is wrong there, one sentence.</summary>
    public string? Error { get; init; }
}

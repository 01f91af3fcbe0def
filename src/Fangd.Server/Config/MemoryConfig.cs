namespace Fangd.Server.Config;

/// <summary>How memories age; the embedding model of the same section is <see cref="EmbeddingConfig"/>.</summary>
public sealed record MemoryConfig
{
    /// <summary>An agent with more memories than this loses the oldest of the turns that were noted by themselves.</summary>
    public required int ConsolidationThreshold { get; init; }

    /// <summary>Share of its confidence that an unused memory loses at each consolidation, 0 to 1.</summary>
    public required double DecayRate { get; init; }

    public required TimeSpan ConsolidationInterval { get; init; }

    public required EmbeddingConfig Embedding { get; init; }

    internal static MemoryConfig Read(SectionReader section)
    {
        var read = new MemoryConfig
        {
            ConsolidationThreshold = section.Integer("consolidation_threshold", 10_000, 1),
            DecayRate = section.Number("decay_rate", 0.1, 0, 1),
            ConsolidationInterval = TimeSpan.FromHours(section.Integer("consolidation_interval_hours", 24, 1, 24 * 365)),
            Embedding = EmbeddingConfig.Read(section),
        };
        // Where memories are kept cannot be chosen.
        foreach (var key in (string[])["sqlite_path", "backend", "http_url", "http_token_env"])
        {
            section.Find(key);
            section.NoEffectYet(key);
        }

        section.Finish();
        return read;
    }
}

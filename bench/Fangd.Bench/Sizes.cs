namespace Fangd.Bench;

/// <summary>How much of everything is measured: enough for a steady median, or just enough to see that nothing is off by far.</summary>
internal sealed record Sizes
{
    public static readonly Sizes Full = new();

    public static readonly Sizes Smoke = new()
    {
        VersionRuns = 5,
        Starts = 4,
        IdleRuns = 1,
        Rounds = 1,
        SequentialMessages = 150,
        ParallelMessages = 1_600,
        LongSession = 1_000,
        ListSeconds = 1,
        StreamRounds = 1,
        Memories = 10_000,
        Searches = 50,
    };

    public int VersionRuns { get; init; } = 20;

    public int Starts { get; init; } = 10;

    /// <summary>Starts after which five seconds of idling are waited for.</summary>
    public int IdleRuns { get; init; } = 3;

    public int Rounds { get; init; } = 3;

    public int SequentialMessages { get; init; } = 500;

    /// <summary>Over all 32 agents, whose sessions are reset between rounds.</summary>
    public int ParallelMessages { get; init; } = 6_400;

    public int LongSession { get; init; } = 10_000;

    public double ListSeconds { get; init; } = 3;

    public int StreamRounds { get; init; } = 3;

    /// <summary>Of one agent.</summary>
    public int Memories { get; init; } = 100_000;

    public int Searches { get; init; } = 200;
}

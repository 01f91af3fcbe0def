using Fangd.Toml;

namespace Fangd.Server.Config;

/// <summary>How calls of one provider are guarded.</summary>
public sealed record CallLimits
{
    /// <summary>Tries after the first one, 0 to 10.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>The pause before the first of them; it doubles.</summary>
    public TimeSpan BaseDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause that a provider may ask for; a longer one fails the call at once, so that its caller can be told.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Calls under way at a time; further ones wait.</summary>
    public int MaxConcurrent { get; init; } = 512;

    /// <summary>Failures within half a minute, at least half of all tries in it, that open the circuit.</summary>
    public int FailuresToOpen { get; init; } = 10;

    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromSeconds(120);

    public TimeSpan ChunkTimeout { get; init; } = TimeSpan.FromSeconds(60);

    internal static CallLimits Read(SectionReader section, CallLimits usual) => new()
    {
        Retries = section.Integer("retries", usual.Retries, 0, 10),
        BaseDelay = TimeSpan.FromMilliseconds(section.Integer("base_delay_ms", (int)usual.BaseDelay.TotalMilliseconds, 1, 60_000)),
        LongestPause = TimeSpan.FromSeconds(section.Integer("max_delay_secs", (int)usual.LongestPause.TotalSeconds, 1, 3600)),
        MaxConcurrent = section.Integer("max_concurrent", usual.MaxConcurrent, 1, 100_000),
        FailuresToOpen = section.Integer("failures_to_open", usual.FailuresToOpen, 2, 1000),
        FirstByteTimeout = TimeSpan.FromSeconds(section.Integer("first_byte_timeout_secs", (int)usual.FirstByteTimeout.TotalSeconds, 1, 3600)),
        ChunkTimeout = TimeSpan.FromSeconds(section.Integer("chunk_timeout_secs", (int)usual.ChunkTimeout.TotalSeconds, 1, 3600)),
    };
}

/// <summary><c>[resilience]</c>, and <c>[resilience.providers.NAME]</c> for what differs at one provider.</summary>
public sealed record ResilienceConfig(CallLimits Usual, IReadOnlyDictionary<string, CallLimits> Providers)
{
    public CallLimits Of(string provider) => Providers.TryGetValue(provider, out var own) ? own : Usual;

    internal static ResilienceConfig Read(SectionReader section)
    {
        var usual = CallLimits.Read(section, new CallLimits());
        var own = new Dictionary<string, CallLimits>(StringComparer.OrdinalIgnoreCase);
        var providers = section.Section("providers");
        foreach (var entry in providers.Table)
        {
            if (entry.Value is not TomlTable)
            {
                providers.Find(entry.Key);
                providers.Fault(entry.Key, entry.Value, $"expected a table, found {entry.Value.Kind}");
                continue;
            }

            var one = providers.Section(entry.Key);
            own[entry.Key] = CallLimits.Read(one, usual);
            one.Finish();
        }

        section.Finish();
        return new ResilienceConfig(usual, own);
    }
}

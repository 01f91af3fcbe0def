using System.Collections.Concurrent;
using Fangd.Protocols.Llm;
using Fangd.Server.Config;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Providers.Resilience;

/// <summary>
/// The circuits, one for each address and key: an agent with an address or a key of its own that does not work shuts nobody else out of
/// the same provider. Bounded: when there are too many, those that are closed and idle are forgotten.
/// </summary>
internal sealed class ProviderCircuits(ResilienceConfig config, TimeProvider time, Func<double> jitter, ILogger<ProviderCircuits> log)
{
    private const int Most = 256;

    private readonly ConcurrentDictionary<(string Provider, string BaseUrl, string? Key), ProviderCircuit> _circuits = new();

    public ProviderCircuit Of(LlmTarget target)
    {
        var provider = target.ProviderId.Length > 0 ? target.ProviderId : target.Provider;
        var key = (provider, target.BaseUrl, target.ApiKey);
        if (_circuits.TryGetValue(key, out var known))
            return known;
        if (_circuits.Count >= Most)
            ForgetIdle();
        return _circuits.GetOrAdd(key, static (k, self) => self.Create(k.Provider), this);
    }

    /// <summary>One line a provider, by name; of several circuits the one that is worst off speaks for all.</summary>
    public IReadOnlyList<ProviderHealth> Health() =>
    [
        .. _circuits.Values
            .Select(circuit => circuit.Health())
            .GroupBy(health => health.Name, StringComparer.Ordinal)
            .Select(same => same.MaxBy(health => health.Rank)!)
            .OrderBy(health => health.Name, StringComparer.Ordinal),
    ];

    /// <summary>The counts by provider.</summary>
    public IEnumerable<(string Name, CallCounts Counts)> Counts() => _circuits.Values
        .GroupBy(circuit => circuit.Name, StringComparer.Ordinal)
        .OrderBy(same => same.Key, StringComparer.Ordinal)
        .Select(same => (same.Key, same.Aggregate(default(CallCounts), (sum, circuit) => sum + circuit.Counts)));

    private ProviderCircuit Create(string provider) => new(provider, config.Of(provider), time, jitter, log);

    private void ForgetIdle()
    {
        foreach (var (key, circuit) in _circuits)
        {
            if (circuit.IsIdle)
                _circuits.TryRemove(key, out _);
        }
    }
}

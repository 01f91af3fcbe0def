using Fangd.Server.Providers.Resilience;

namespace Fangd.Server.Metrics;

/// <summary>Calls of model providers. Labels are the providers that were called, whose number is bounded.</summary>
internal static class ProviderMetrics
{
    public static void Write(MetricsText text, ProviderCircuits circuits, ModelChains chains)
    {
        text.Family("fangd_provider_circuit_state", "gauge", "0 closed, 1 half open (one call may try), 2 open (no call goes through).");
        foreach (var health in circuits.Health())
            text.Sample("fangd_provider_circuit_state", health.Rank, ("provider", health.Name));

        var all = circuits.Counts().ToList();
        text.Family("fangd_provider_calls_total", "counter", "Calls by what came of them: answered (the answer began), failed (after all tries, or in its middle), rejected (by an open circuit).");
        foreach (var (name, counts) in all)
        {
            text.Sample("fangd_provider_calls_total", counts.Answered, ("provider", name), ("outcome", "answered"));
            text.Sample("fangd_provider_calls_total", counts.Failed, ("provider", name), ("outcome", "failed"));
            text.Sample("fangd_provider_calls_total", counts.Rejected, ("provider", name), ("outcome", "rejected"));
        }

        Counter(text, all, "fangd_provider_retries_total", "counter", "Tries after the first.", counts => counts.Retried);
        Counter(text, all, "fangd_provider_circuit_opened_total", "counter", "How often a circuit opened.", counts => counts.Opened);
        Counter(text, all, "fangd_provider_calls_active", "gauge", "Calls under way or waiting for a place.", counts => counts.Active);
        text.Single("fangd_model_fallbacks_total", "counter", "How often another model was asked because one had failed.", chains.PassedOn);
    }

    private static void Counter(MetricsText text, List<(string Name, CallCounts Counts)> all, string metric, string type, string help, Func<CallCounts, long> count)
    {
        text.Family(metric, type, help);
        foreach (var (name, counts) in all)
            text.Sample(metric, count(counts), ("provider", name));
    }
}

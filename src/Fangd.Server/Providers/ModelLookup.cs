using Fangd.Engine.Turns;
using Fangd.Protocols.Llm.OpenAi;
using Fangd.Server.Agents;

namespace Fangd.Server.Providers;

/// <summary>What people ask about models: which one an agent uses, what its provider offers, which providers have a key.</summary>
internal sealed class ModelLookup(ProviderSettings settings, DefaultModel defaults, OpenAiModelList lists, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public ModelRef Of(Agent agent) => defaults.Resolve(agent.Summary.Provider, agent.Summary.Model);

    public IEnumerable<(string Id, string AuthStatus)> Providers() => ProviderList.All
        .OrderBy(p => p.Id, StringComparer.Ordinal)
        .Select(p => (p.Id, settings.Keys.Find(p.KeyVariable) is not null ? "configured" : p.NeedsKey ? "missing" : "no_key_needed"));

    /// <summary>The names that the agent's provider lists, at most 200.</summary>
    public async Task<IReadOnlyList<string>> Names(Agent agent, CancellationToken aborted)
    {
        var target = settings.Target(Of(agent), out _);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, patience.Token);
        try
        {
            var models = await lists.Read(target, either.Token);
            return [.. models.Select(m => m.Id).Order(StringComparer.Ordinal).Take(200)];
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return [$"{target.Provider} did not answer within {Patience.TotalSeconds} s"];
        }
    }
}

using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.OpenAi;
using Fangd.Server.Agents;
using Fangd.Server.Models;

namespace Fangd.Server.Providers;

/// <summary>What people ask about models: which one an agent uses, what its provider offers, which providers have a key.</summary>
internal sealed class ModelLookup(ProviderSettings settings, DefaultModel defaults, ModelCatalog catalog, OpenAiModelList lists, TimeProvider time)
{
    private const int Most = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public ModelRef Of(Agent agent) => defaults.Resolve(agent.Summary.Provider, agent.Summary.Model);

    public IEnumerable<(string Id, string AuthStatus)> Providers() => settings.All().Select(p => (p.Id, settings.AuthStatus(p)));

    /// <summary>The names that the agent's provider lists and those that the user added to it, at most 200; the catalogue's when it does not answer.</summary>
    public async Task<IReadOnlyList<string>> Names(Agent agent, CancellationToken aborted)
    {
        var target = settings.Target(Of(agent), out var provider);
        var known = catalog.Current.All.Where(m => m.Provider == provider.Id).ToList();
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, patience.Token);
        try
        {
            var listed = await lists.Read(target, either.Token);
            var own = known.Where(m => m.Origin == ModelOrigin.Custom).Select(m => m.Id);
            return [.. own.Concat(listed.Select(m => m.Id).Order(StringComparer.Ordinal)).Distinct().Take(Most)];
        }
        catch (LlmException) when (known.Count > 0)
        {
            return [.. known.Select(m => m.Id).Take(Most)];
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return known.Count > 0 ? [.. known.Select(m => m.Id).Take(Most)] : [$"{target.Provider} did not answer within {Patience.TotalSeconds} s"];
        }
    }
}

using System.Runtime.CompilerServices;
using Fangd.Engine.Agents;
using Fangd.Engine.Audit;
using Microsoft.Extensions.Logging;

namespace Fangd.Engine.Tools;

/// <summary>
/// The only door to tools: whoever runs an agent opens it once a run and gets the tools that this agent may use. What a call has to pass:
/// the offer (capabilities, lists, mode), the form of its arguments, the tool's own guard, the rate limit, then the checks in their order.
/// </summary>
public sealed class ToolGate
{
    // Manifests are immutable and live as long as their agent, so what follows from one is kept beside it and dies with it.
    private readonly ConditionalWeakTable<AgentManifest, Offers> _offers = [];
    private readonly ToolCatalog _fixed;
    private readonly IReadOnlyList<IToolSource> _sources;
    private volatile Snapshot _current;

    /// <param name="tools">The tools that are always there.</param>
    /// <param name="checks">What every call has to pass, in this order.</param>
    /// <param name="sources">Where further tools come from; of two with one name the first counts.</param>
    /// <param name="time">For limits and timeouts.</param>
    /// <param name="logger">For tools that fail.</param>
    public ToolGate(ToolCatalog tools, IReadOnlyList<IToolCheck> checks, IReadOnlyList<IToolSource> sources, TimeProvider time, ILogger<ToolGate> logger)
    {
        _fixed = tools;
        _sources = sources;
        _current = new Snapshot(tools, new IReadOnlyList<ITool>[sources.Count]);
        Checks = checks;
        Time = time;
        Logger = logger;
        Meter = new ToolCallMeter(time);
    }

    public ToolGate(ToolCatalog tools, TimeProvider time, ILogger<ToolGate> logger)
        : this(tools, [], [], time, logger)
    {
    }

    /// <summary>Every tool there is now.</summary>
    public ToolCatalog Catalog => Current().Catalog;

    /// <summary>Looks at every outcome; null for nobody.</summary>
    public IOutcomeInspector? Inspector { get; init; }

    /// <summary>Takes down denials and calls that matter; null for nobody.</summary>
    public ToolTrail? Trail { get; init; }

    internal IReadOnlyList<IToolCheck> Checks { get; }
    internal TimeProvider Time { get; }
    internal ILogger Logger { get; }
    internal ToolCallMeter Meter { get; }

    /// <summary>The tools of one run. A <paramref name="mode"/> that is no mode offers nothing.</summary>
    public IToolbox Open(ToolScope scope, string mode)
    {
        AgentModes.TryParse(mode, out var access);
        var catalog = Catalog;
        var offers = _offers.GetValue(scope.Agent, static _ => new Offers());
        ref var offer = ref offers.ByAccess[(int)access];
        var found = offer;
        if (found is null || found.Catalog != catalog)
            offer = found = ToolOffer.For(scope.Agent, access, catalog);
        return new Toolbox(this, found, scope, access);
    }

    /// <summary>The catalog of now. It is made anew only when a source has another list; two threads may both do so and come to the same.</summary>
    private Snapshot Current()
    {
        var current = _current;
        for (var i = 0; i < _sources.Count; i++)
        {
            if (!ReferenceEquals(_sources[i].Tools, current.Lists[i]))
                return _current = Take();
        }
        return current;
    }

    private Snapshot Take()
    {
        var lists = _sources.Select(source => source.Tools).ToArray();
        var names = new HashSet<string>(_fixed.Names, StringComparer.Ordinal);
        var all = _fixed.Tools.Concat(lists.SelectMany(list => list).Where(tool => names.Add(tool.Spec.Name)));
        return new Snapshot(new ToolCatalog(all), lists);
    }

    private sealed record Snapshot(ToolCatalog Catalog, IReadOnlyList<ITool>?[] Lists);

    /// <summary>Two threads may both work an offer out; they come to the same.</summary>
    private sealed class Offers
    {
        public ToolOffer?[] ByAccess { get; } = new ToolOffer?[3];
    }
}

using System.Runtime.CompilerServices;
using Fangd.Engine.Agents;
using Microsoft.Extensions.Logging;

namespace Fangd.Engine.Tools;

/// <summary>The only door to tools: whoever runs an agent opens it once a run and gets the tools that this agent may use.</summary>
public sealed class ToolGate(ToolCatalog catalog, TimeProvider time, ILogger<ToolGate> logger)
{
    // Manifests are immutable and live as long as their agent, so what follows from one is kept beside it and dies with it.
    private readonly ConditionalWeakTable<AgentManifest, Offers> _offers = [];
    private readonly ToolCallMeter _meter = new(time);

    internal ToolCatalog Catalog => catalog;
    internal TimeProvider Time => time;
    internal ILogger Logger => logger;
    internal ToolCallMeter Meter => _meter;

    /// <summary>The tools of one run. A <paramref name="mode"/> that is no mode offers nothing.</summary>
    public IToolbox Open(ToolScope scope, string mode)
    {
        AgentModes.TryParse(mode, out var access);
        var offers = _offers.GetValue(scope.Agent, static _ => new Offers());
        ref var offer = ref offers.ByAccess[(int)access];
        return new Toolbox(this, offer ??= ToolOffer.For(scope.Agent, access, catalog), scope, access);
    }

    /// <summary>Two threads may both work an offer out; they come to the same.</summary>
    private sealed class Offers
    {
        public ToolOffer?[] ByAccess { get; } = new ToolOffer?[3];
    }
}

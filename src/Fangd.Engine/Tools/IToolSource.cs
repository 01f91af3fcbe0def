using Fangd.Engine.Agents;

namespace Fangd.Engine.Tools;

/// <summary>Tools that come and go while the daemon runs: those of MCP servers and of skills.</summary>
public interface IToolSource
{
    /// <summary>What there is now: the same list as long as nothing changed, a new one after each change. Cheap to ask.</summary>
    IReadOnlyList<ITool> Tools { get; }
}

/// <summary>A tool whose grant follows from more of the manifest than its list of tools.</summary>
public interface IAssignedTool : ITool
{
    /// <summary>True when the manifest grants the tool, false when it withholds it, null when the capabilities decide.</summary>
    bool? IsAssignedTo(AgentManifest agent);
}

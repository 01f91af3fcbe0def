namespace Fangd.Engine.Tools.Agents;

/// <summary>An agent as other agents see it.</summary>
public sealed record AgentNeighbour(string Id, string Name, string Description, string State);

/// <summary>The agents of the daemon, as a tool of one of them reaches the others. What is not allowed is an error that says why.</summary>
public interface IAgentCommunity
{
    /// <summary>All agents, oldest first.</summary>
    IReadOnlyList<AgentNeighbour> All { get; }

    /// <summary>By UUID or by name; null when there is none.</summary>
    AgentNeighbour? Find(string idOrName);

    /// <summary>Asks another agent and waits for its answer. The two have a conversation of their own that goes on with the next call.</summary>
    ValueTask<ToolOutcome> Ask(ToolScope caller, AgentNeighbour other, string message, CancellationToken run);

    /// <summary>Brings a child of the caller to life, with no more than the caller has.</summary>
    ValueTask<ToolOutcome> Spawn(ToolScope caller, string manifestToml, CancellationToken run);

    /// <summary>Ends a child of the caller, or a child's child.</summary>
    ValueTask<ToolOutcome> Kill(ToolScope caller, AgentNeighbour other, CancellationToken run);
}

using System.Text.Json;

namespace Fangd.Engine.Tools.Agents;

/// <summary>Ends an agent that the caller, or one of its children, brought to life.</summary>
public sealed class KillAgentTool(IAgentCommunity community) : IGuardedTool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"agent_id":{"type":"string","description":"Name or id of the agent"}},"required":["agent_id"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("agent_kill", "Ends an agent that you spawned.", _schema, ToolRisk.Critical);

    public string? Denial(JsonElement arguments, ToolScope scope) =>
        scope.Agent.Capabilities.AgentSpawn ? null : "the agent has no agent_spawn capability";

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var asked = AgentArguments.Text(arguments, "agent_id");
        return community.Find(asked) is { } other
            ? community.Kill(scope, other, run)
            : ValueTask.FromResult(AgentArguments.Unknown(asked));
    }
}

using System.Text.Json;

namespace Fangd.Engine.Tools.Agents;

/// <summary>Brings another agent to life.</summary>
public sealed class SpawnAgentTool(IAgentCommunity community) : IGuardedTool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"manifest_toml":{"type":"string","description":"The agent.toml of the new agent. It needs a name, and may have no capability that you do not have."}},"required":["manifest_toml"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("agent_spawn", "Creates a new agent from a manifest in TOML and tells its id.", _schema, ToolRisk.Critical)
    {
        Timeout = TimeSpan.FromMinutes(10),
    };

    public string? Denial(JsonElement arguments, ToolScope scope) =>
        scope.Agent.Capabilities.AgentSpawn ? null : "the agent has no agent_spawn capability";

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) =>
        community.Spawn(scope, AgentArguments.Text(arguments, "manifest_toml"), run);
}

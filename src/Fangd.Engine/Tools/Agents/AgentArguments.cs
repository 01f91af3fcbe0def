using System.Text.Json;

namespace Fangd.Engine.Tools.Agents;

/// <summary>What the tools of this folder have in common: which agent a call means, and whether the caller may speak to it.</summary>
internal static class AgentArguments
{
    public static string Text(JsonElement arguments, string name) => arguments.GetProperty(name).GetString()!;

    public static ToolOutcome Unknown(string asked) =>
        ToolOutcome.Error($"There is no agent \"{(asked.Length <= 64 ? asked : asked[..64])}\"; agent_list names them.");

    /// <summary>Why the caller may not speak to the agent, or null. The capability names agents by name or id.</summary>
    public static string? MessageDenial(ToolScope scope, AgentNeighbour? other)
    {
        var patterns = scope.Agent.Capabilities.AgentMessage;
        if (patterns.Count == 0)
            return "the agent has no agent_message capability";
        return other is null || CapabilityPattern.MatchesAny(patterns, other.Name) || CapabilityPattern.MatchesAny(patterns, other.Id)
            ? null
            : $"\"{other.Name}\" is not covered by the agent's agent_message capability";
    }
}

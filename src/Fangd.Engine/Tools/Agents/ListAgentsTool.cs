using System.Text;
using System.Text.Json;

namespace Fangd.Engine.Tools.Agents;

/// <summary>Names the other agents.</summary>
public sealed class ListAgentsTool(IAgentCommunity community) : ITool
{
    private const int MostListed = 200;

    private static readonly byte[] _schema = """{"type":"object","properties":{}}"""u8.ToArray();

    public ToolSpec Spec { get; } = new("agent_list", "Lists the agents of this daemon with name, state and description.", _schema, ToolRisk.Low)
    {
        IsReadOnly = true,
    };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) =>
        ValueTask.FromResult(ToolOutcome.Ok(Describe(community.All, scope)));

    internal static string Describe(IReadOnlyList<AgentNeighbour> agents, ToolScope scope)
    {
        var text = new StringBuilder();
        foreach (var agent in agents.Take(MostListed))
        {
            text.Append(agent.Name).Append(agent.Id == scope.AgentId ? " (you)" : "").Append(" [").Append(agent.State).Append("] ");
            text.Append(agent.Id);
            if (agent.Description.Length > 0)
                text.Append(": ").Append(agent.Description.ReplaceLineEndings(" "));
            text.Append('\n');
        }
        if (agents.Count > MostListed)
            text.Append($"({agents.Count - MostListed} more; agent_find searches them)");
        return text.ToString().TrimEnd();
    }
}

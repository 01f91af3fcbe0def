using System.Text.Json;

namespace Fangd.Engine.Tools.Agents;

/// <summary>Searches the agents by name and description.</summary>
public sealed class FindAgentTool(IAgentCommunity community) : ITool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"query":{"type":"string","description":"Words that name or description must contain"}},"required":["query"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("agent_find", "Finds agents whose name or description contains all of the given words.", _schema, ToolRisk.Low)
    {
        IsReadOnly = true,
    };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var words = AgentArguments.Text(arguments, "query").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0)
            return ValueTask.FromResult(ToolOutcome.Error("The argument \"query\" is empty; expected words to look for."));
        var found = community.All.Where(agent => words.All(word => Mentions(agent, word))).ToList();
        return ValueTask.FromResult(ToolOutcome.Ok(found.Count == 0 ? "No agent matches." : ListAgentsTool.Describe(found, scope)));
    }

    private static bool Mentions(AgentNeighbour agent, string word) =>
        agent.Name.Contains(word, StringComparison.OrdinalIgnoreCase)
        || agent.Description.Contains(word, StringComparison.OrdinalIgnoreCase);
}

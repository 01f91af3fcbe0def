using System.Text.Json;
using Fangd.Engine.Audit;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools.Agents;

/// <summary>Asks another agent and gives its answer.</summary>
public sealed class SendToAgentTool(IAgentCommunity community) : IGuardedTool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"agent_id":{"type":"string","description":"Name or id of the agent"},"message":{"type":"string"}},"required":["agent_id","message"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("agent_send", "Sends a message to another agent and waits for its answer.", _schema, ToolRisk.Low)
    {
        Aliases = ["agent_call"],
        AuditedAs = AuditAction.AgentMessage,
        Refuses = TaintLabels.Secret,
        Timeout = TimeSpan.FromMinutes(10),
    };

    public string? Denial(JsonElement arguments, ToolScope scope) =>
        AgentArguments.MessageDenial(scope, community.Find(AgentArguments.Text(arguments, "agent_id")));

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var asked = AgentArguments.Text(arguments, "agent_id");
        return community.Find(asked) is { } other
            ? community.Ask(scope, other, AgentArguments.Text(arguments, "message"), run)
            : ValueTask.FromResult(AgentArguments.Unknown(asked));
    }
}

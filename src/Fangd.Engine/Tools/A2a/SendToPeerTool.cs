using System.Text.Json;

namespace Fangd.Engine.Tools.A2a;

/// <summary>Asks an agent elsewhere and gives its answer.</summary>
public sealed class SendToPeerTool(IPeerAgents peers) : ITool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"message":{"type":"string"},"agent_url":{"type":"string","description":"Address of the agent; or give agent_name"},"agent_name":{"type":"string","description":"Name of an approved external agent"},"session_id":{"type":"string","description":"From an earlier answer, to go on with that conversation"}},"required":["message"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("a2a_send", "Sends a message to an approved external agent (A2A) and waits for its answer.", _schema, ToolRisk.High)
    {
        Refuses = Protocols.Llm.TaintLabels.Secret,
        Timeout = TimeSpan.FromMinutes(10),
    };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        if (arguments.Text("message") is not { } message)
            return ValueTask.FromResult(ToolOutcome.Error("The argument \"message\" is empty."));
        var (url, name) = (arguments.Text("agent_url"), arguments.Text("agent_name"));
        return url is null && name is null
            ? ValueTask.FromResult(ToolOutcome.Error("Say which agent: agent_url or agent_name."))
            : peers.Send(new PeerQuestion(message, url, name, arguments.Text("session_id")), run);
    }
}

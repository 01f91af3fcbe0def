using System.Text.Json;

namespace Fangd.Engine.Tools.A2a;

/// <summary>Reads the card of an agent elsewhere.</summary>
public sealed class DiscoverPeerTool(IPeerAgents peers) : ITool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"url":{"type":"string","description":"Where the agent is, as in https://agents.example.com"}},"required":["url"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new(
        "a2a_discover", "Looks up an external agent (A2A) by its address: its name, what it does and its skills.", _schema, ToolRisk.Medium)
    {
        Refuses = Protocols.Llm.TaintLabels.Secret,
    };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) => peers.Discover(arguments.Text("url") ?? "", run);
}

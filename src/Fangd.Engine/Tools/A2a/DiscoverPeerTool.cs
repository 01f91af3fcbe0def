using System.Text.Json;
using Fangd.Engine.Tools.Web;

namespace Fangd.Engine.Tools.A2a;

/// <summary>Reads the card of an agent elsewhere.</summary>
public sealed class DiscoverPeerTool(IPeerAgents peers) : IGuardedTool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"url":{"type":"string","description":"Where the agent is, as in https://agents.example.com"}},"required":["url"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new(
        "a2a_discover", "Looks up an external agent (A2A) by its address: its name, what it does and its skills.", _schema, ToolRisk.Medium)
    {
        Refuses = Protocols.Llm.TaintLabels.Secret,
    };

    /// <summary>An address is a message to whoever is there, as that of a page is.</summary>
    public string? Denial(JsonElement arguments, ToolScope scope) => NetworkReach.Denial(scope.Agent, FetchRequest.UrlOf(arguments));

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) => peers.Discover(arguments.Text("url") ?? "", run);
}

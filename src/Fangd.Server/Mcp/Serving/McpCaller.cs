using Fangd.Engine.Agents;
using Fangd.Engine.Tools;
using Fangd.Server.Agents;

namespace Fangd.Server.Mcp.Serving;

/// <summary>
/// As whom clients call tools: the agent named <c>mcp</c>, which is made at the first call. So its manifest says what MCP clients may do, its
/// workspace holds their files, and its memory their notes; a user narrows it like any other agent.
/// </summary>
internal sealed class McpCaller(AgentRegistry registry, AgentLifecycle lifecycle, AgentWorkspaces workspaces, ToolGate gate)
{
    private const string Name = "mcp";

    private const string Manifest = """
        name = "mcp"
        description = "What MCP clients act as: its capabilities are theirs"

        [capabilities]
        tools = ["*"]
        network = ["*"]
        memory_read = ["self.*"]
        memory_write = ["self.*"]
        agent_message = ["*"]
        """;

    private static readonly Lazy<AgentManifest> _unmade = new(() => ManifestCheck.Parse(Manifest));

    /// <summary>The tools that clients are offered.</summary>
    public IToolbox Look() => registry.Named(Name) is { } agent
        ? Open(agent, "")
        : gate.Open(new ToolScope { AgentId = "", Agent = _unmade.Value, RunId = "", Workspace = "/nonexistent" }, AgentModes.Default);

    /// <summary>The tools for one call.</summary>
    public async ValueTask<IToolbox> Open(string call) => Open(registry.Named(Name) ?? await Make(), call);

    private async Task<Agent> Make()
    {
        try
        {
            return await lifecycle.Spawn(Manifest);
        }
        catch (Http.ApiException taken) when (taken.Fault == Http.ApiFault.Conflict && registry.Named(Name) is not null)
        {
            // Another call made it in the same moment.
            return registry.Named(Name)!;
        }
    }

    private IToolbox Open(Agent agent, string call) =>
        gate.Open(new ToolScope { AgentId = agent.Id, Agent = agent.Manifest, RunId = call, Workspace = workspaces.Of(agent) }, agent.Mode);
}

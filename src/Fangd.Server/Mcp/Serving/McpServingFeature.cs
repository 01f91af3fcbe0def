using Fangd.Engine.Tools;
using Fangd.Protocols.Mcp.Serving;
using Fangd.Server.Agents;
using Fangd.Server.Http;
using Fangd.Server.Memory;
using Fangd.Server.Runs;

namespace Fangd.Server.Mcp.Serving;

/// <summary>fangd as an MCP server: its tools, its agents, their conversations and memory, and the templates.</summary>
internal sealed class McpServingFeature : IDisposable
{
    private readonly Foundation _base;
    private readonly McpServer _server;
    private readonly McpNotices _notices;

    public McpServingFeature(Foundation on, AgentsFeature agents, KeyValueStore memory, ToolGate gate, RunQueue runs)
    {
        _base = on;
        var tools = new McpTools(new McpCaller(agents.Registry, agents.Lifecycle, agents.Workspaces, gate), agents.Registry, agents.Sessions, runs, on.NewId);
        var resources = new McpResources(agents.Registry, agents.Sessions, memory);
        var prompts = new McpPrompts(agents.Templates);
        _server = new McpServer(
            new McpIdentity("fangd", on.Options.Build.Version, "Tools named fangd_agent_… ask an agent of this daemon; the others run on its machine.") { TellsToolChanges = true },
            new Dictionary<string, McpMethod>(StringComparer.Ordinal)
            {
                ["tools/list"] = tools.List,
                ["tools/call"] = tools.Call,
                ["resources/list"] = resources.List,
                ["resources/templates/list"] = McpResources.Templates,
                ["resources/read"] = resources.Read,
                ["prompts/list"] = prompts.List,
                ["prompts/get"] = prompts.Get,
            });
        // Neither the catalog nor the registry tells of its changes, but both are replaced whole.
        object? seenTools = null;
        var seenAgents = agents.Registry.All;
        _notices = new McpNotices(on.Time, () =>
        {
            var (catalog, all) = (gate.Catalog, agents.Registry.All);
            var isChanged = !ReferenceEquals(catalog, seenTools) || all != seenAgents;
            (seenTools, seenAgents) = (catalog, all);
            return isChanged ? new McpNotice(McpNoticeKind.ToolsChanged) : null;
        });
    }

    public void Map(RouteTable routes) =>
        new McpEndpoint(_server, _notices, new McpHosting(_base.Time, _base.Log<McpEndpoint>(), _base.Health, _base.Config.CorsOrigins, _base.Stopping)).Map(routes);

    public void Dispose() => _notices.Dispose();
}

using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Agents;
using Fangd.Server.Commands;
using Fangd.Server.Files;
using Fangd.Server.Http;
using Fangd.Server.Providers;
using Fangd.Server.Runs;
using Fangd.Server.Sessions;
using Fangd.Server.Templates;

namespace Fangd.Server.Agents;

/// <summary>Agents, their sessions, and the entrances through which they are spoken to.</summary>
internal sealed class AgentsFeature
{
    private readonly Foundation _base;
    private readonly AgentStore _store;

    public AgentsFeature(Foundation on)
    {
        _base = on;
        _store = new AgentStore(on.Database);
        Templates = new TemplateLibrary(on.Config.HomeDir);
        Registry = new AgentRegistry();
        Workspaces = new AgentWorkspaces(on.Config.WorkspacesDir);
        Sessions = new SessionStore(on.Database, on.Time, on.NewId);
        Lifecycle = new AgentLifecycle(
            _store, Registry, new AgentFolders(on.Config.HomeDir), Workspaces, on.Events, new LifecycleContext(on.Time, on.NewId, on.Audit, on.Log<AgentLifecycle>()));
    }

    public AgentRegistry Registry { get; }

    public AgentLifecycle Lifecycle { get; }

    public AgentWorkspaces Workspaces { get; }

    public SessionStore Sessions { get; }

    public TemplateLibrary Templates { get; }

    /// <summary>The tools with which agents reach one another.</summary>
    public IReadOnlyList<ITool> Tools(Func<RunQueue> runs)
    {
        var community = new AgentCommunity(Registry, Lifecycle, Sessions, runs);
        return
        [
            new SendToAgentTool(community),
            new SpawnAgentTool(community),
            new ListAgentsTool(community),
            new FindAgentTool(community),
            new KillAgentTool(community),
        ];
    }

    public void Map(RouteTable routes, AgentCalls calls)
    {
        var (config, http) = (_base.Config, _base.Config.ToHttpSettings());
        var input = new MessageInput(Sessions, calls.Attachments, config.Limits.MaxMessageBytes);
        var details = new AgentDetails(_store, calls.Gate, Workspaces, calls.Defaults);
        new AgentEndpoints(Registry, Lifecycle, details, Templates, calls.Runs, calls.Defaults).Map(routes, config.Limits.MaxManifestBytes);
        new AgentToolEndpoints(Registry, Lifecycle).Map(routes);
        new AgentConfigEndpoints(Registry, Lifecycle, calls.Defaults).Map(routes);
        new AgentMessageEndpoints(Registry, calls.Runs, input).Map(routes);
        new AgentSocketEndpoint(
            Registry, calls.Runs, input, calls.Commands, new SocketContext(_base.Time, calls.Defaults, http.CorsOrigins, _base.Stopping)).Map(routes);
        new SessionEndpoints(Registry, Sessions, calls.Actions).Map(routes);
        new TemplateEndpoints(Templates).Map(routes);
    }
}

/// <summary>What the entrances of agents need of the rest of the daemon.</summary>
internal sealed record AgentCalls(RunQueue Runs, SessionActions Actions, ChatCommands Commands, ToolGate Gate, DefaultModel Defaults, Attachments Attachments);

using Fangd.Engine.Outbound;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.A2a;
using Fangd.Server.A2a.Peers;
using Fangd.Server.A2a.Push;
using Fangd.Server.A2a.Serving;
using Fangd.Server.A2a.Tasks;
using Fangd.Server.Agents;
using Fangd.Server.Http;
using Fangd.Server.Runs;
using Fangd.Server.Vault;

namespace Fangd.Server.A2a;

/// <summary>Other agents over A2A: ours for them, and theirs for us. Made in two steps, because the tools come before the runs.</summary>
internal sealed class A2aFeature : IAsyncDisposable
{
    private readonly Foundation _base;
    private readonly PeerTargets _targets;
    private readonly PeerAgents _peers;
    private readonly A2aTaskStore _store;
    private readonly PushSender _push;
    private readonly PeerTools _tools;
    private A2aTasks? _tasks;

    public A2aFeature(Foundation on, OutboundHttp outbound, VaultFeature vault)
    {
        _base = on;
        _targets = new PeerTargets(outbound, OutboundTrust.Administrator);
        var chosenByAgents = new PeerTargets(outbound, OutboundTrust.Agent);
        var store = new PeerStore(on.Database, on.Time, on.NewId);
        var keys = vault.Keys;
        _peers = new PeerAgents(store, keys, _targets, on);
        _tools = new PeerTools(new PeerAgents(store, keys, chosenByAgents, on), _peers);
        _store = new A2aTaskStore(on.Database, on.Time);
        _push = new PushSender(new PushStore(on.Database, new PushSeal(vault.Vault, on.Log<PushSeal>())), new PushOutbox(on.Database), _store, _targets, on);
    }

    public IReadOnlyList<ITool> Tools => [new DiscoverPeerTool(_tools), new SendToPeerTool(_tools)];

    public void Map(RouteTable routes, AgentsFeature agents, RunQueue runs)
    {
        var (config, limits) = (_base.Config.A2a, _base.Config.Limits);
        var store = _store;
        _tasks = new A2aTasks(store, _push, agents.Sessions, runs, _base);
        var isOn = new A2aSwitch(config.Enabled);
        var address = new A2aAddress(config.PublicUrl);
        var addressed = new A2aAgents(agents.Registry, store, config.Agent);
        var content = new MessageContent(limits.MaxMessageBytes);
        var push = new PushOperations(_push.Store, store, _targets.Refusal, _base.NewId);
        var operations = new A2aOperations(_tasks, store, addressed, content, push, _base.NewId);
        var cards = new CardWriter(new CardText(config.Name, config.Description, _base.Options.Build.Version), agents.Registry, _base.Config.ApiKey is not null);
        var extended = new ExtendedCard(cards, addressed);
        new CardEndpoints(cards, address, isOn).Map(routes);
        new RpcEndpoint(operations, push, extended, address, isOn).Map(routes);
        new RestEndpoints(operations, push, extended, address, isOn).Map(routes);
        new TaskEndpoints(_tasks, addressed, content, isOn, _base).Map(routes);
        new PeerEndpoints(_peers, limits.MaxMessageBytes).Map(routes);
    }

    /// <summary>Before anybody can ask: what the last process left, and the agents that the configuration names.</summary>
    public async Task Begin()
    {
        await _tasks!.MarkInterrupted();
        foreach (var agent in _base.Config.A2a.ExternalAgents)
        {
            var address = agent.Url.TrimEnd('/');
            await _peers.Store.Keep(address, agent.Name.Length > 0 ? agent.Name : address, null, approve: true);
        }
    }

    /// <summary>After the runs have ended.</summary>
    public Task Stop() => _tasks!.Stop();

    public ValueTask DisposeAsync() => _push.DisposeAsync();
}

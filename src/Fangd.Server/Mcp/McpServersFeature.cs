using Fangd.Engine.Outbound;
using Fangd.Engine.Processes;
using Fangd.Protocols.Mcp.Client;
using Fangd.Server.Agents;
using Fangd.Server.Config;
using Fangd.Server.Http;
using Fangd.Server.Mcp.Authorization;
using Fangd.Server.Mcp.Catalog;
using Fangd.Server.Vault;

namespace Fangd.Server.Mcp;

/// <summary>The MCP servers that agents use: kept connected, managed over the API, installed out of a catalog.</summary>
internal sealed class McpServersFeature
{
    private readonly Foundation _on;
    private readonly KeyStore _keys;
    private readonly PendingAuthorizations _pending;
    private Task _starting = Task.CompletedTask;

    public McpServersFeature(Foundation on, VaultFeature vault, OutboundHttp outbound, ProcessRunner programs, McpSampling sampling)
    {
        (_on, _keys, _pending) = (on, vault.Keys, new PendingAuthorizations(on.Time));
        var authorizations = new McpAuthorizationPieces
        {
            Outbound = outbound,
            Grants = new McpGrantStore(vault.Vault),
            Pending = _pending,
            Config = on.Config.OAuth,
            LookUp = _keys.Find,
            Audit = on.Audit,
            Time = on.Time,
            Log = on.Log<McpAuthorization>(),
            Stopping = on.Stopping,
        };
        var pieces = new McpPieces(
            () => outbound.For(OutboundTrust.Administrator),
            outbound.Meter,
            programs,
            on.Config.HomeDir,
            _keys.Find,
            authorizations.For,
            new McpClientIdentity("fangd", on.Options.Build.Version, on.Time),
            sampling,
            on.Time,
            on.Log<McpConnection>());
        Servers = new McpServers(new McpServerStore(on.Database), pieces, on.Stopping);
    }

    public McpServers Servers { get; }

    public void Map(RouteTable routes, AgentRegistry registry, AgentLifecycle lifecycle, ConfigChanges changes)
    {
        var catalog = new McpCatalog();
        var installer = new McpInstaller(catalog, Servers, _keys, _on.Time);
        var reload = new McpReload(Servers, changes, _on.Time);
        new McpServerEndpoints(Servers, installer, reload, _on.Time).Map(routes);
        new McpAuthEndpoints(Servers, _pending, _on.Time).Map(routes);
        new IntegrationEndpoints(catalog, Servers, installer, reload, _on.Time).Map(routes);
        new AgentMcpEndpoints(Servers, registry, lifecycle).Map(routes);
    }

    public void Load() => Servers.Load(_on.Config.McpServers);

    /// <summary>Connects behind the daemon's back: it serves before its servers do.</summary>
    public void Start() => _starting = Task.Run(Servers.Start);

    public async Task Stop()
    {
        await _starting;
        await Servers.Stop();
    }
}

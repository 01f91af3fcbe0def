using Fangd.Server.Config;
using Fangd.Server.Http;

namespace Fangd.Server.Mcp;

/// <summary>Takes <c>[[mcp_servers]]</c> anew from the configuration file, and tries every server that is not connected.</summary>
internal sealed class McpReload(McpServers servers, ConfigChanges changes, TimeProvider time)
{
    /// <summary>400 when the file has faults: everything is left as it is then.</summary>
    public async Task Answer(Exchange exchange)
    {
        var before = new HashSet<McpConnection>();
        foreach (var server in servers.All)
        {
            if (server.State.Status == McpStatus.Ready)
                before.Add(server);
        }

        await changes.Reload(HotSettings.ReloadMcpServers);
        var attempts = new List<Task<bool>>();
        foreach (var server in servers.All)
        {
            if (server.State.Status != McpStatus.Ready)
                attempts.Add(McpServerEndpoints.Await(server.FirstAttempt is { IsCompleted: false } begun ? begun : await server.Start(), time, exchange.Aborted));
        }

        await Task.WhenAll(attempts);
        var connected = servers.All.Count(server => server.State.Status == McpStatus.Ready && !before.Contains(server));
        await exchange.Ok(new McpReloaded("reloaded", connected));
    }
}

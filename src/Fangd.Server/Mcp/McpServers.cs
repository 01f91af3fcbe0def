using Fangd.Engine.Tools;

namespace Fangd.Server.Mcp;

/// <summary>
/// All MCP servers by name: those of the configuration and those that were added over the API. Their tools are one list, made anew when a server
/// comes, goes or changes what it offers.
/// </summary>
internal sealed class McpServers(McpServerStore store, McpPieces pieces, CancellationToken stopping) : IToolSource
{
    /// <summary>Most servers at once.</summary>
    public const int Most = 100;

    private readonly Lock _listGate = new();
    // Held by whoever adds, changes or removes a server.
    private readonly SemaphoreSlim _changing = new(1, 1);
    // In the order of their names; replaced, never changed.
    private McpConnection[] _all = [];
    private volatile IReadOnlyList<ITool> _tools = [];

    public IReadOnlyList<ITool> Tools => _tools;

    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<McpConnection> All => Volatile.Read(ref _all);

    public int Count => All.Count;

    public McpConnection? Find(string name)
    {
        foreach (var server in All)
        {
            if (server.Settings.Name == name)
                return server;
        }

        return null;
    }

    /// <summary>Takes up all servers that are known, without connecting to them.</summary>
    public void Load(IReadOnlyList<McpServerSettings> configured)
    {
        foreach (var settings in Wanted(configured))
            Put(new McpConnection(settings, pieces, List, stopping));
    }

    /// <summary>Begins to connect to all that were loaded.</summary>
    public async Task Start()
    {
        foreach (var server in All)
            await server.Start();
    }

    /// <summary>
    /// Puts another configuration in force: servers that are new in it are connected to, changed ones anew, those that it has no more are closed, and
    /// the rest is left alone.
    /// </summary>
    public async Task Configure(IReadOnlyList<McpServerSettings> configured)
    {
        await _changing.WaitAsync(stopping);
        try
        {
            var wanted = Wanted(configured);
            foreach (var server in All)
            {
                if (!wanted.Exists(settings => settings.Name == server.Settings.Name))
                    await Close(server);
            }

            foreach (var settings in wanted)
            {
                var old = Find(settings.Name);
                if (old?.Settings.IsSameAs(settings) == true)
                    continue;
                if (old is not null)
                    await old.Stop();
                await Open(settings);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    public Task Stop() => Task.WhenAll(All.Select(server => server.Stop()));

    /// <summary>Adds a server; false when there is one of that name. The task inside ends with its first attempt to connect.</summary>
    public async Task<(bool IsAdded, McpConnection Server, Task<bool> First)> Add(McpServerSettings settings)
    {
        await _changing.WaitAsync(stopping);
        try
        {
            if (Find(settings.Name) is { } other)
                return (false, other, Task.FromResult(false));
            await store.Put(settings);
            var (server, first) = await Open(settings);
            return (true, server, first);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Puts new settings in the place of a server's; false when there is none of that name.</summary>
    public async Task<bool> Replace(McpServerSettings settings)
    {
        await _changing.WaitAsync(stopping);
        try
        {
            if (Find(settings.Name) is not { } old)
                return false;
            await store.Put(settings);
            await old.Stop();
            await Open(settings);
            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    public async Task<bool> Remove(string name)
    {
        await _changing.WaitAsync(stopping);
        try
        {
            if (Find(name) is not { } server)
                return false;
            await store.Delete(name);
            await Close(server);
            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>The configured ones, and of the others those whose names are not taken by these.</summary>
    private List<McpServerSettings> Wanted(IReadOnlyList<McpServerSettings> configured)
    {
        List<McpServerSettings> wanted = [.. configured];
        foreach (var settings in store.All())
        {
            if (!wanted.Exists(other => other.Name == settings.Name))
                wanted.Add(settings);
        }

        return wanted;
    }

    private async Task Close(McpConnection server)
    {
        Volatile.Write(ref _all, Array.FindAll(_all, other => other != server));
        await server.Stop();
        List();
    }

    private async Task<(McpConnection Server, Task<bool> First)> Open(McpServerSettings settings)
    {
        var server = new McpConnection(settings, pieces, List, stopping);
        Put(server);
        return (server, await server.Start());
    }

    /// <summary>Takes the place of the one of that name, or comes in among the others.</summary>
    private void Put(McpConnection server)
    {
        McpConnection[] all = [.. Array.FindAll(_all, other => other.Settings.Name != server.Settings.Name), server];
        Array.Sort(all, static (one, other) => string.CompareOrdinal(one.Settings.Name, other.Settings.Name));
        Volatile.Write(ref _all, all);
    }

    private void List()
    {
        lock (_listGate)
        {
            var (tools, names) = (new List<ITool>(), new HashSet<string>(StringComparer.Ordinal));
            foreach (var server in All)
            {
                McpOffer.Add(tools, server, remote =>
                {
                    var name = McpTool.NameFor(server.Settings.Name, remote, names.Contains);
                    return names.Add(name) ? name : null;
                });
            }

            _tools = tools;
        }
    }
}

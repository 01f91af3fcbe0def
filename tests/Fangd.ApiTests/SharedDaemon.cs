using System.Globalization;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>One daemon and one scripted model for all tests of a class; each test spawns agents of its own in it.</summary>
public sealed class SharedDaemon : IAsyncLifetime
{
    private int agents;

    public FakeModel Model { get; } = FakeModel.Start();

    public IDaemonUnderTest Daemon { get; private set; } = null!;

    /// <summary>The listener of the dialect librefang.</summary>
    public ApiClient Api { get; private set; } = null!;

    public ApiClient OpenFang { get; private set; } = null!;

    public ApiClient AgentOs { get; private set; } = null!;

    /// <summary>Without a key.</summary>
    public ApiClient Stranger { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Daemon = await Daemons.Start(Daemons.WithAllDialects(Model), TestContext.Current.CancellationToken);
        Api = new ApiClient(Daemon);
        OpenFang = new ApiClient(Daemon.Listener(1), Daemons.Key);
        AgentOs = new ApiClient(Daemon.Listener(2), Daemons.Key);
        Stranger = new ApiClient(Daemon.Address);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in new[] { Api, OpenFang, AgentOs, Stranger })
            client?.Dispose();
        if (Daemon is not null)
            await Daemon.DisposeAsync();
        await Model.DisposeAsync();
    }

    /// <summary>A name that no other test uses.</summary>
    public string NewName() => string.Create(CultureInfo.InvariantCulture, $"agent-{Interlocked.Increment(ref agents)}");

    /// <summary>Spawns an agent; <paramref name="manifest"/> is what stands in it behind the name.</summary>
    public async Task<string> Spawn(string manifest = "", string? name = null)
    {
        var spawned = await Api.Do("POST /api/agents", TestContext.Current.CancellationToken, Requests.Manifest($"name = \"{name ?? NewName()}\"\n{manifest}"));
        return spawned.Text("agent_id");
    }

    /// <summary>Sends a message and returns the answer's body.</summary>
    public Task<JsonElement> Say(string agent, string message) =>
        Api.Do($"POST /api/agents/{agent}/message", TestContext.Current.CancellationToken, Requests.Message(message));
}

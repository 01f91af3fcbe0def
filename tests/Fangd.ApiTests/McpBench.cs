using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>A daemon that is given MCP servers, and an agent that may call all that they have.</summary>
internal sealed class McpBench : IAsyncDisposable
{
    private readonly FakeModel model;
    private readonly IDaemonUnderTest daemon;
    private string? agent;
    private string? config;

    private McpBench(FakeModel model, IDaemonUnderTest daemon) => (this.model, this.daemon, Api) = (model, daemon, new ApiClient(daemon));

    public ApiClient Api { get; }

    public FakeModel Model => model;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<McpBench> Start(TimeProvider? time = null)
    {
        var model = FakeModel.Start();
        var setup = Daemons.With(model, sections: "[security]\nallow_loopback_targets = true");
        return new McpBench(model, await Daemons.Start(time is null ? setup : setup with { Time = time }, Cancel));
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await daemon.DisposeAsync();
        await model.DisposeAsync();
    }

    /// <summary>Adds a server over HTTP; <paramref name="more"/> is further fields, with a comma before them.</summary>
    public Task<JsonElement> Add(string name, StandInMcp server, string transport = "http", string more = "") =>
        Api.Do("POST /api/mcp/servers", Cancel, $$"""{"name": "{{name}}", "transport": "{{transport}}", "url": "{{server.Url}}"{{more}}}""");

    /// <summary>Adds a server that is a script of the shell.</summary>
    public Task<JsonElement> AddShell(string name, string script, string more = "") =>
        Api.Do("POST /api/mcp/servers", Cancel, $$"""{"name": "{{name}}", "transport": "stdio", "command": "sh", "args": ["-c", {{FakeJson.Quote(script)}}]{{more}}}""");

    /// <summary>Puts further sections at the end of the configuration file, in place of those before.</summary>
    public async Task Configure(string sections)
    {
        var file = Path.Combine(daemon.Home, "config.toml");
        config ??= await File.ReadAllTextAsync(file, Cancel);
        await File.WriteAllTextAsync(file, config + sections, Cancel);
    }

    /// <summary>What the model is told of a call, and of further ones.</summary>
    public async Task<string> Call(params string[] calls) => (await Api.Do(await Route("message"), Cancel, Asking(calls))).Text("response");

    public async Task<SseConnection> Stream(params string[] calls) => await Api.Stream(await Route("message/stream"), Cancel, Asking(calls));

    public async Task<JsonElement> Health(string name) =>
        (await Api.Do("GET /api/mcp/health", Cancel)).GetProperty("health").EnumerateArray().Single(server => server.Text("id") == name);

    private async Task<string> Route(string end)
    {
        agent ??= (await Api.Do("POST /api/agents", Cancel, Requests.Manifest("name = \"a\"\n[capabilities]\ntools = [\"mcp_*\"]"))).Text("agent_id");
        return $"POST /api/agents/{agent}/{end}";
    }

    private static string Asking(string[] calls) => Requests.Message(string.Concat(calls.Select(call => $"<<call {call}>>")));
}

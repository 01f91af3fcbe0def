using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Servers that agents use: a program of a few lines of shell, and another daemon over HTTP.</summary>
public sealed class McpClientTests : IAsyncLifetime
{
    /// <summary>A server with one tool, <c>shout</c>, that answers with the arguments as they came.</summary>
    private const string Shell = """
        echo "starting" >&2
        while read -r line; do
          id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
          case "$line" in
            *'"initialize"'*) echo '{"jsonrpc":"2.0","id":'$id',"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"shell","version":"1"}}}';;
            *'"tools/list"'*) echo '{"jsonrpc":"2.0","id":'$id',"result":{"tools":[{"name":"Shout-Out","description":"Shouts","inputSchema":{"type":"object"}}]}}';;
            *'"die"'*) echo "out of breath" >&2; exit 3;;
            *'"tools/call"'*) echo '{"jsonrpc":"2.0","id":'$id',"result":{"content":[{"type":"text","text":"HEARD '"$TOKEN"'"}]}}';;
            *'"ping"'*) echo '{"jsonrpc":"2.0","id":'$id',"result":{}}';;
          esac
        done
        """;

    private readonly FakeModel model = FakeModel.Start();
    private IDaemonUnderTest daemon = null!;
    private ApiClient api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        daemon = await Daemons.Start(Daemons.With(model, sections: "[security]\nallow_loopback_targets = true"), Cancel);
        api = new ApiClient(daemon);
    }

    public async ValueTask DisposeAsync()
    {
        api.Dispose();
        await daemon.DisposeAsync();
        await model.DisposeAsync();
    }

    [Fact]
    public async Task A_program_is_started_and_an_agent_calls_its_tool()
    {
        await AddShell("My-Shell", """["TOKEN=t-1"]""");
        await new ApiCase(
            "connected",
            "GET /api/mcp/servers/My-Shell",
            200,
            $$$"""{"name": "My-Shell", "transport": "stdio", "command": "sh", "args": ["-c", "*"], "connected": true, "status": "Ready", "template_id": null, "tools": [{"name": "mcp_my_shell_shout_out", "description": "Shouts"}]}""").Run(api, Cancel);
        var agent = await Spawn("""tools = ["mcp_*"]""");

        Assert.Contains("HEARD t-1", await Say(agent, """<<call mcp_my_shell_shout_out {"text":"hello"}>>"""));

        Assert.Contains("mcp_my_shell_shout_out", (await api.Send("GET /api/tools", Cancel)).Text);
        Assert.Equal(1, (await api.Do("GET /api/config", Cancel)).Number("mcp_servers"));
        await api.Do("DELETE /api/mcp/servers/My-Shell", Cancel);
        Assert.DoesNotContain("mcp_my_shell_shout_out", (await api.Send("GET /api/tools", Cancel)).Text);
    }

    [Fact]
    public async Task An_agent_that_names_servers_has_the_tools_of_these_only()
    {
        await AddShell("one", "[]");
        await AddShell("two", "[]");
        var agent = await Spawn("""tools = ["mcp_*"]""");
        await new ApiCase("unknown", $"PUT /api/agents/{agent}/mcp_servers", 400, """{"error": "mcp_servers: there is no MCP server 'three'"}""", """{"mcp_servers": ["one", "three"]}""").Run(api, Cancel);
        await new ApiCase("all", $"GET /api/agents/{agent}/mcp_servers", 200, """{"assigned": [], "available": ["one", "two"], "mode": "all"}""").Run(api, Cancel);

        await new ApiCase("put", $"PUT /api/agents/{agent}/mcp_servers", 200, """{"status": "ok", "mcp_servers": ["two"]}""", """{"mcp_servers": ["two"]}""").Run(api, Cancel);

        await new ApiCase("selected", $"GET /api/agents/{agent}/mcp_servers", 200, """{"assigned": ["two"], "available": ["one", "two"], "mode": "selected"}""").Run(api, Cancel);
        Assert.Contains("HEARD", await Say(agent, "<<call mcp_two_shout_out {}>>"));
        Assert.DoesNotContain("HEARD", await Say(agent, "<<call mcp_one_shout_out {}>>"));
    }

    [Fact]
    public async Task A_server_that_ends_is_told_of_with_its_last_words_and_comes_back_when_asked()
    {
        await AddShell("frail", "[]");
        var agent = await Spawn("""tools = ["mcp_*"]""");

        Assert.Contains("MCP server frail", await Say(agent, """<<call mcp_frail_shout_out {"do":"die"}>>"""));
        await new ApiCase("again", "POST /api/mcp/servers/frail/reconnect", 200, """{"id": "frail", "status": "connected", "tool_count": 1}""").Run(api, Cancel);

        Assert.Contains("HEARD", await Say(agent, "<<call mcp_frail_shout_out {}>>"));
        var health = Assert.Single((await api.Do("GET /api/mcp/health", Cancel)).GetProperty("health").EnumerateArray());
        Assert.Equal("Ready", health.Text("status"));
        Assert.Equal(JsonValueKind.Null, health.GetProperty("last_error").ValueKind);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_named()
    {
        await api.Do("POST /api/mcp/servers", Cancel, """{"name": "absent", "transport": "stdio", "command": "no-such-program"}""");

        await new ApiCase(
            "absent",
            "POST /api/mcp/servers/absent/reconnect",
            502,
            """{"error": "MCP server absent cannot be connected: no-such-program was not found: give its whole path, or install it"}""").Run(api, Cancel);
        await api.Do("PUT /api/mcp/servers/absent", Cancel, $$"""{"transport": "stdio", "command": "sh", "args": ["-c", {{FakeJson.Quote(Shell)}}]}""");
        await new ApiCase("present", "POST /api/mcp/servers/absent/reconnect", 200, """{"id": "absent", "status": "connected", "tool_count": 1}""").Run(api, Cancel);
    }

    [Fact]
    public async Task Another_daemon_is_reached_over_http_with_a_key_from_the_vault()
    {
        await using var peer = await Daemons.Start(Daemons.With(model), Cancel);
        await api.Do("PUT /api/vault/PEER_KEY", Cancel, $$"""{"value": "{{Daemons.Key}}"}""");

        await api.Do("POST /api/mcp/servers", Cancel, $$$"""{"name": "peer", "transport": {"type": "http", "url": "{{{peer.Address}}}mcp"}, "headers": {"Authorization": "Bearer ${PEER_KEY}"}}""");
        var agent = await Spawn("""tools = ["mcp_*"]""");
        var stored = await Say(agent, """<<call mcp_peer_memory_store {"key":"from","value":"afar"}>>""");
        var found = await Say(agent, """<<call mcp_peer_memory_recall {"key":"from"}>>""");

        Assert.DoesNotContain("rror", stored);
        Assert.Contains("afar", found);
        await api.Do($"DELETE /api/agents/{agent}", Cancel);
        var thrifty = await Spawn("tools = [\"mcp_*\"]\n[resources]\nmax_network_bytes_per_hour = 20");
        Assert.Contains("afar", await Say(thrifty, """<<call mcp_peer_memory_recall {"key":"from"}>>"""));
        Assert.Contains("max_network_bytes_per_hour", await Say(thrifty, """<<call mcp_peer_memory_recall {"key":"from"}>>"""));
        Assert.DoesNotContain(Daemons.Key, (await api.Send("GET /api/mcp/servers", Cancel)).Text);
    }

    [Fact]
    public async Task A_template_says_which_credential_is_missing_and_never_shows_one()
    {
        await new ApiCase(
            "add",
            "POST /api/integrations/add",
            201,
            """{"id": "gitlab", "status": "setup", "connected": false, "message": "Integration 'gitlab' installed; GITLAB_PERSONAL_ACCESS_TOKEN is missing: set it in the daemon's environment or with fangd vault set GITLAB_PERSONAL_ACCESS_TOKEN"}""",
            """{"id": "gitlab"}""").Run(api, Cancel);
        await new ApiCase("twice", "POST /api/integrations/add", 409, """{"error": "an MCP server named 'gitlab' exists"}""", """{"id": "gitlab"}""").Run(api, Cancel);
        await new ApiCase(
            "foreign",
            "POST /api/mcp/servers",
            400,
            """{"error": "credentials: github has no variable 'PATH'"}""",
            """{"template_id": "github", "credentials": {"PATH": "/tmp"}}""").Run(api, Cancel);
        await new ApiCase("health", "GET /api/integrations/health", 200, """{"health": [{"id": "gitlab", "status": "Setup", "tool_count": 0, "last_ok": null, "last_error": "*", "consecutive_failures": 0, "reconnecting": false}], "count": 1}""").Run(api, Cancel);
        await new ApiCase("remove", "DELETE /api/integrations/gitlab", 200, """{"id": "gitlab", "status": "removed"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task Servers_are_there_again_after_a_restart()
    {
        await AddShell("kept", "[]");

        api.Dispose();
        await daemon.Stop(Cancel);
        await daemon.Restart(Cancel);
        api = new ApiClient(daemon);

        await api.Do("POST /api/mcp/servers/kept/reconnect", Cancel);
        Assert.Contains("mcp_kept_shout_out", (await api.Send("GET /api/tools", Cancel)).Text);
    }

    [Theory]
    [InlineData("""{"transport": "stdio", "command": "x"}""", "name is missing")]
    [InlineData("""{"name": "a b", "transport": "stdio", "command": "x"}""", "name must be 1 to 64 letters, digits, dashes, underscores or dots")]
    [InlineData("""{"name": "a"}""", "transport is missing: stdio, http or sse")]
    [InlineData("""{"name": "a", "transport": "pigeon"}""", "transport 'pigeon' is not one of stdio, http, sse")]
    [InlineData("""{"name": "a", "transport": "stdio"}""", "command is missing: the program to start")]
    [InlineData("""{"name": "a", "transport": "http", "url": "ftp://x"}""", "url must be an http or https address")]
    [InlineData("""{"name": "a", "transport": "stdio", "command": "x", "args": "y"}""", "args must be an array of strings")]
    [InlineData("""{"name": "a", "transport": "stdio", "command": "x", "timeout_secs": 0}""", "timeout_secs must be a whole number from 1 to 3600")]
    public Task What_is_wrong_with_a_server_is_named(string body, string error) =>
        new ApiCase("wrong", "POST /api/mcp/servers", 400, $$"""{"error": "{{error}}"}""", body).Run(api, Cancel);

    private Task AddShell(string name, string env) => api.Do(
        "POST /api/mcp/servers",
        Cancel,
        $$"""{"name": "{{name}}", "transport": "stdio", "command": "sh", "args": ["-c", {{FakeJson.Quote(Shell)}}], "env": {{env}}}""");

    private async Task<string> Spawn(string capabilities) =>
        (await api.Do("POST /api/agents", Cancel, Requests.Manifest($"name = \"a\"\n[capabilities]\n{capabilities}"))).Text("agent_id");

    private async Task<string> Say(string agent, string message) =>
        (await api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message(message))).Text("response");
}

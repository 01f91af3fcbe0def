using System.Net;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>The daemon as an MCP server at /mcp, by the rules of each era.</summary>
public sealed class McpServerTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private const string Stateless = "2026-07-28";
    private const string Meta = """
        "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
        """;

    private readonly ApiClient api = shared.Api;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bare_client_lists_and_calls_tools()
    {
        var tools = (await Rpc("""{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}""")).Json;
        var stored = (await Rpc("""{"jsonrpc": "2.0", "id": "two", "method": "tools/call", "params": {"name": "kv_set", "arguments": {"key": "from-mcp", "value": "here"}}}""")).Json;
        var recalled = (await Rpc("""{"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "kv_get", "arguments": {"key": "from-mcp"}}}""")).Json;

        Assert.Equal(1, tools.Number("id"));
        var read = tools.GetProperty("result").GetProperty("tools").EnumerateArray().Single(tool => tool.Text("name") == "file_read");
        Assert.Equal("object", read.GetProperty("inputSchema").Text("type"));
        Assert.Equal("two", stored.Text("id"));
        Assert.Contains("here", recalled.GetProperty("result").GetProperty("content")[0].Text("text"));
        Assert.False(recalled.GetProperty("result").TryGetProperty("resultType", out _));
    }

    [Fact]
    public async Task Each_agent_is_a_tool_that_answers()
    {
        var name = shared.NewName();
        var agent = await shared.Spawn("", name);

        var answer = (await Rpc($$$$"""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "fangd_agent_{{{{name.Replace('-', '_')}}}}", "arguments": {"message": "hello agent"}}}""")).Json;
        var empty = (await Rpc($$$$"""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "librefang_agent_{{{{name.Replace('-', '_')}}}}", "arguments": {}}}""")).Json;

        JsonPattern.Matches("""{"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": "echo: hello agent"}]}}""", answer);
        Assert.True(empty.GetProperty("result").GetProperty("isError").GetBoolean());
        await api.Do($"DELETE /api/agents/{agent}", Cancel);
    }

    [Theory]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "no/such"}""", 200, -32601, "1")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {}}""", 200, -32602, "1")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "nope"}}""", 200, -32602, "1")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": []}""", 200, -32602, "1")]
    [InlineData("""{"jsonrpc": "1.0", "id": 1, "method": "ping"}""", 400, -32600, "1")]
    [InlineData("""{"jsonrpc": "2.0", "id": null, "method": "ping"}""", 400, -32600, "null")]
    [InlineData("""{"jsonrpc": "2.0", "id": 1}""", 400, -32600, "1")]
    [InlineData("""[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]""", 400, -32600, "null")]
    [InlineData("{bad", 400, -32700, "null")]
    public async Task What_is_no_sound_request_is_a_json_rpc_error(string body, int status, int code, string id)
    {
        var answer = await Rpc(body);

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal((code, id), ((int)answer.Json.GetProperty("error").Number("code"), answer.Json.GetProperty("id").GetRawText()));
    }

    [Fact]
    public async Task A_client_shakes_hands_listens_and_leaves()
    {
        var begun = await Rpc("""{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}}""");
        var session = new Dictionary<string, string> { ["Mcp-Session-Id"] = begun.Headers["Mcp-Session-Id"], ["MCP-Protocol-Version"] = "2025-06-18" };

        JsonPattern.Matches("""
            {"jsonrpc": "2.0", "id": 1, "result": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {"listChanged": true}, "prompts": {}, "resources": {}},
             "serverInfo": {"name": "fangd", "version": "*"}, "instructions": "*"}}
            """, begun.Json);
        Assert.Equal((HttpStatusCode.Accepted, ""), Short(await Rpc("""{"jsonrpc": "2.0", "method": "notifications/initialized"}""", session)));
        JsonPattern.Matches("""{"jsonrpc": "2.0", "id": 2, "result": {}}""", (await Rpc("""{"jsonrpc": "2.0", "id": 2, "method": "ping"}""", session)).Json);
        Assert.Equal(HttpStatusCode.NoContent, (await api.Send("DELETE /mcp", Cancel, null, session)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Rpc("""{"jsonrpc": "2.0", "id": 3, "method": "ping"}""", session)).Status);
    }

    [Theory]
    [InlineData("2024-11-05", "2024-11-05")]
    [InlineData("2025-03-26", "2025-03-26")]
    [InlineData("2025-11-25", "2025-11-25")]
    [InlineData("1999-01-01", "2025-11-25")]
    public async Task The_version_is_negotiated(string asked, string given)
    {
        var answer = await Rpc($$$$"""{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "{{{{asked}}}}", "capabilities": {}}}""");

        Assert.Equal(given, answer.Json.GetProperty("result").Text("protocolVersion"));
    }

    [Fact]
    public async Task A_stateless_client_discovers_lists_and_calls()
    {
        var found = (await Now("server/discover", "")).Json.GetProperty("result");
        var tools = (await Now("tools/list", "")).Json.GetProperty("result");
        var time = (await Now("tools/call", "\"name\": \"system_time\", ", "system_time")).Json.GetProperty("result");

        Assert.Equal(Stateless, found.GetProperty("supportedVersions")[0].GetString());
        Assert.Equal(("complete", "private", 5000), (tools.Text("resultType"), tools.Text("cacheScope"), (int)tools.Number("ttlMs")));
        Assert.Equal("fangd", time.GetProperty("_meta").GetProperty("io.modelcontextprotocol/serverInfo").Text("name"));
        Assert.Contains("utc:", time.GetProperty("content")[0].Text("text"));
    }

    [Theory]
    [InlineData("ping", "", null, "2026-07-28", 404, -32601)]
    [InlineData("no/such", "", null, "2026-07-28", 404, -32601)]
    [InlineData("tools/call", "\"name\": \"system_time\", ", "file_read", "2026-07-28", 400, -32020)]
    [InlineData("tools/call", "\"name\": \"system_time\", ", null, "2026-07-28", 400, -32020)]
    [InlineData("tools/list", "", null, "2025-11-25", 400, -32020)]
    public async Task A_stateless_request_must_agree_with_its_headers(string method, string parameters, string? name, string version, int status, int code)
    {
        var answer = await Now(method, parameters, name, version);

        Assert.Equal((status, code), ((int)answer.Status, (int)answer.Json.GetProperty("error").Number("code")));
    }

    [Fact]
    public async Task A_name_that_a_header_cannot_hold_comes_encoded()
    {
        var encoded = $"=?base64?{Convert.ToBase64String("system_time"u8)}?=";

        Assert.Equal(HttpStatusCode.OK, (await Now("tools/call", "\"name\": \"system_time\", ", encoded)).Status);
    }

    [Fact]
    public async Task A_stateless_request_without_its_meta_is_refused()
    {
        var answer = await Rpc("""{"jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": {}}""", new() { ["MCP-Protocol-Version"] = Stateless, ["Mcp-Method"] = "tools/list" });

        Assert.Equal((400, -32602, 7), ((int)answer.Status, (int)answer.Json.GetProperty("error").Number("code"), (int)answer.Json.Number("id")));
    }

    [Fact]
    public async Task A_version_that_is_not_served_is_told_with_those_that_are()
    {
        var answer = await Rpc(
            """{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": "2030-01-01", "io.modelcontextprotocol/clientCapabilities": {}}}}""",
            new() { ["MCP-Protocol-Version"] = "2030-01-01", ["Mcp-Method"] = "tools/list" });

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        JsonPattern.Matches("""{"code": -32022, "message": "*", "data": {"supported": ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"], "requested": "2030-01-01"}}""", answer.Json.GetProperty("error"));
    }

    [Fact]
    public async Task Resources_are_conversations_and_memories()
    {
        var agent = await shared.Spawn();
        await shared.Say(agent, "remember the lighthouse");
        await api.Do($"PUT /api/memory/agents/{agent}/kv/colour", Cancel, """{"value": "red"}""");

        var talk = (await Now("resources/read", $"\"uri\": \"fangd://agents/{agent}/session\", ", $"fangd://agents/{agent}/session")).Json.GetProperty("result");
        var memory = (await Now("resources/read", $"\"uri\": \"fangd://agents/{agent}/memory\", ", $"fangd://agents/{agent}/memory")).Json.GetProperty("result");
        var missing = (await Now("resources/read", "\"uri\": \"fangd://agents/nobody/memory\", ", "fangd://agents/nobody/memory")).Json;

        Assert.Contains("**User**: remember the lighthouse", talk.GetProperty("contents")[0].Text("text"));
        Assert.Equal("""{"colour":"red"}""", memory.GetProperty("contents")[0].Text("text"));
        JsonPattern.Matches("""{"code": -32602, "message": "Resource not found", "data": {"uri": "fangd://agents/nobody/memory"}}""", missing.GetProperty("error"));
        Assert.Contains((await Now("resources/list", "")).Json.GetProperty("result").GetProperty("resources").EnumerateArray(), one => one.Text("uri") == $"fangd://agents/{agent}/session");
    }

    [Fact]
    public async Task Prompts_are_the_templates()
    {
        var listed = (await Now("prompts/list", "")).Json.GetProperty("result").GetProperty("prompts").EnumerateArray().ToList();
        var prompt = (await Now("prompts/get", "\"name\": \"coder\", \"arguments\": {\"task\": \"mend the door\"}, ", "coder")).Json.GetProperty("result");
        var lacking = (await Now("prompts/get", "\"name\": \"coder\", ", "coder")).Json;

        Assert.Contains(listed, one => one.Text("name") == "coder");
        Assert.EndsWith("mend the door", prompt.GetProperty("messages")[0].GetProperty("content").Text("text"));
        Assert.Equal(-32602, lacking.GetProperty("error").Number("code"));
    }

    [Fact]
    public async Task Who_listens_hears_that_the_tools_changed()
    {
        await using var stream = await api.Stream(
            "POST /mcp", Cancel, $$$"""{"jsonrpc": "2.0", "id": "sub-1", "method": "subscriptions/listen", "params": {"notifications": {"toolsListChanged": true}, {{{Meta}}}}}""",
            new Dictionary<string, string> { ["MCP-Protocol-Version"] = Stateless, ["Mcp-Method"] = "subscriptions/listen", ["Accept"] = "application/json, text/event-stream" });

        var first = (await stream.Next(Cancel))!.Json;
        await shared.Spawn();
        var second = (await stream.Next(Cancel))!.Json;

        Assert.Equal(("notifications/subscriptions/acknowledged", "notifications/tools/list_changed"), (first.Text("method"), second.Text("method")));
        Assert.All([first, second], one => Assert.Equal("sub-1", one.GetProperty("params").GetProperty("_meta").Text("io.modelcontextprotocol/subscriptionId")));
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Host", "evil.example")]
    public async Task A_foreign_page_or_name_is_refused_even_with_the_key(string header, string value)
    {
        var answer = await Rpc("""{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}""", new() { [header] = value });

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Equal("2.0", answer.Json.Text("jsonrpc"));
    }

    [Fact]
    public async Task Without_a_session_there_is_no_stream_and_nothing_to_end()
    {
        var get = await api.Send("GET /mcp", Cancel, null, new Dictionary<string, string> { ["Accept"] = "text/event-stream" });
        var delete = await api.Send("DELETE /mcp", Cancel);

        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (get.Status, get.Headers["Allow"]));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, delete.Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await shared.Stranger.Send("POST /mcp", Cancel, "{}")).Status);
    }

    private static (HttpStatusCode, string) Short(ApiResponse answer) => (answer.Status, answer.Text);

    private Task<ApiResponse> Rpc(string body, Dictionary<string, string>? headers = null) => api.Send("POST /mcp", Cancel, body, headers);

    private Task<ApiResponse> Now(string method, string parameters, string? name = null, string version = Stateless)
    {
        var headers = new Dictionary<string, string> { ["MCP-Protocol-Version"] = version, ["Mcp-Method"] = method };
        if (name is not null)
            headers["Mcp-Name"] = name;
        return Rpc($$"""{"jsonrpc": "2.0", "id": 21, "method": "{{method}}", "params": { {{parameters}}{{Meta}} } }""", headers);
    }
}

using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Fangd.Protocols.Mcp.Client;

namespace Fangd.UnitTests.Mcp;

/// <summary>The client over pipes, with a server that says exactly what the test wants.</summary>
public sealed class McpClientTests : IAsyncDisposable
{
    private readonly Pipe _toServer = new();
    private readonly Pipe _fromServer = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly StreamReader _heard;
    private readonly StdioTransport _transport;
    private static readonly McpErrand _plain = new();
    private static readonly JsonElement _none = JsonDocument.Parse("{}").RootElement;
    private McpClient _client;

    public McpClientTests()
    {
        _heard = new StreamReader(_toServer.Reader.AsStream());
        _transport = new StdioTransport(_toServer.Writer.AsStream(), _fromServer.Reader.AsStream());
        _client = Client(McpGrants.None);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _fromServer.Writer.CompleteAsync();
        await _transport.DisposeAsync();
    }

    [Fact]
    public async Task The_handshake_comes_first_and_pages_are_followed()
    {
        await Begin();

        var listing = _client.ListTools(Cancel);
        await Answer("tools/list", """{"tools": [{"name": "a", "inputSchema": {"type": "object"}}, {"name": "b"}], "nextCursor": "2"}""");
        var second = await Answer("tools/list", """{"tools": [{"name": "c", "description": "C", "inputSchema": {}}]}""");
        var (tools, unusable) = await listing;

        Assert.Equal("2", second.GetProperty("params").GetProperty("cursor").GetString());
        Assert.Equal(["a", "c"], tools.Select(tool => tool.Name));
        Assert.Equal(["b: its schema is no object"], unusable);
    }

    [Fact]
    public async Task A_server_without_a_handshake_is_spoken_to_the_stateless_way()
    {
        var begin = _client.Begin(Cancel);
        await Refuse("initialize", -32601);
        var discover = await Answer("server/discover", """{"resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {}}""");
        await begin;

        var call = _client.CallTool("t", _none, _plain, Cancel);
        var heard = await Answer("tools/call", """{"resultType": "complete", "content": [{"type": "text", "text": "done"}]}""");

        Assert.Equal("done", (await call).Text);
        foreach (var message in new[] { discover, heard })
            Assert.Equal("2026-07-28", message.GetProperty("params").GetProperty("_meta").GetProperty("io.modelcontextprotocol/protocolVersion").GetString());
    }

    [Fact]
    public async Task The_servers_own_requests_are_answered()
    {
        await Begin();
        await Say("""{"jsonrpc": "2.0", "id": "p", "method": "ping"}""");
        Assert.Equal("""{"jsonrpc":"2.0","id":"p","result":{}}""", await _heard.ReadLineAsync(Cancel));
        await Say("""{"jsonrpc": "2.0", "id": 7, "method": "sampling/createMessage", "params": {}}""");
        Assert.Equal(-32601, (await Hear()).GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A_change_of_the_tools_is_told()
    {
        var told = new TaskCompletionSource();
        _client.ListsChanged = told.SetResult;
        await Begin();

        await Say("""{"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}""");

        await told.Task.WaitAsync(Cancel);
    }

    [Fact]
    public async Task What_is_no_message_is_passed_over()
    {
        await Say("Server running on stdio");
        await Say("{not json");
        await Say("""{"jsonrpc": "2.0", "id": 99, "result": {}}""");
        await Begin();
    }

    [Fact]
    public async Task A_server_that_ends_fails_what_waits()
    {
        await Begin();
        var call = _client.CallTool("t", _none, _plain, Cancel);
        await Hear();

        await _fromServer.Writer.CompleteAsync();

        Assert.True((await Assert.ThrowsAsync<McpException>(() => call)).IsBroken);
        Assert.Equal("it ended", await _transport.Closed.WaitAsync(Cancel));
    }

    [Fact]
    public async Task A_flood_without_an_end_closes_the_connection()
    {
        await Begin();
        var piece = Encoding.ASCII.GetBytes(new string('{', 64 * 1024));

        while (!_transport.Closed.IsCompleted)
            await _fromServer.Writer.WriteAsync(piece, Cancel);

        Assert.Equal("it sent a message of more than 8 MiB", await _transport.Closed);
        Assert.True((await Assert.ThrowsAsync<McpException>(() => _client.Ping(Cancel))).IsBroken);
    }

    [Fact]
    public async Task A_call_that_is_given_up_is_withdrawn()
    {
        await Begin();
        using var enough = new CancellationTokenSource();
        var call = _client.CallTool("t", _none, _plain, enough.Token);
        var id = (await Hear()).GetProperty("id").GetInt64();

        await enough.CancelAsync();
        var withdrawn = await Hear();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal("notifications/cancelled", withdrawn.GetProperty("method").GetString());
        Assert.Equal(id, withdrawn.GetProperty("params").GetProperty("requestId").GetInt64());
    }

    [Fact]
    public async Task What_the_operator_grants_is_declared_and_nothing_else()
    {
        Assert.Equal("{}", (await Begin()).GetProperty("params").GetProperty("capabilities").GetRawText());
        _client = Client(new McpGrants(true, true));
        Assert.Equal("""{"sampling":{},"elicitation":{"form":{}}}""", (await Begin()).GetProperty("params").GetProperty("capabilities").GetRawText());
    }

    [Fact]
    public async Task Progress_reaches_the_call_that_it_belongs_to()
    {
        await Begin();
        var told = new List<McpProgress>();
        var call = _client.CallTool("t", _none, new McpErrand { Progressed = told.Add }, Cancel);
        var heard = await Hear("tools/call");
        var token = heard.GetProperty("params").GetProperty("_meta").GetProperty("progressToken").GetRawText();

        await Say($$$"""{"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": {{{token}}}, "progress": 1, "total": 4, "message": "a"}}""");
        await Say($$$"""{"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": 999, "progress": 2}}""");
        await Say("""{"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": {}, "progress": "x"}}""");
        await Say($$"""{"jsonrpc": "2.0", "id": {{heard.GetProperty("id").GetInt64()}}, "result": {"content": []} }""");
        await call;

        var progress = Assert.Single(told);
        Assert.Equal((1, 4, "a"), (progress.Done, progress.Total, progress.Message));
    }

    [Fact]
    public async Task A_model_answers_a_server_that_may_ask_one()
    {
        _client = Client(new McpGrants(true, false));
        await Begin();
        var asked = """{"jsonrpc": "2.0", "id": 7, "method": "sampling/createMessage", "params": {"maxTokens": 5}}""";
        await Say(asked);
        var refusal = (await Hear()).GetProperty("error");
        Assert.Equal((-1, "no call is under way for which a model could be asked"), (refusal.GetProperty("code").GetInt32(), refusal.GetProperty("message").GetString()));

        var call = _client.CallTool("t", _none, new McpErrand { Sample = (request, _) => Task.FromResult(request.GetRawText()) }, Cancel);
        var heard = await Hear("tools/call");
        await Say(asked);
        Assert.Equal(5, (await Hear()).GetProperty("result").GetProperty("maxTokens").GetInt32());
        await Say($$"""{"jsonrpc": "2.0", "id": {{heard.GetProperty("id").GetInt64()}}, "result": {"content": []} }""");
        await call;
    }

    [Theory]
    [InlineData(true, """{"message": "?", "requestedSchema": {"type": "object", "properties": {"a": {"type": "string", "default": "x"}, "b": {"type": "number"}}, "required": ["a"]}}""", """{"action":"accept","content":{"a":"x"}}""")]
    [InlineData(true, """{"message": "?", "requestedSchema": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}}""", """{"action":"decline"}""")]
    [InlineData(true, """{"mode": "url", "url": "https://x", "requestedSchema": {"properties": {}}}""", """{"action":"decline"}""")]
    [InlineData(true, "[]", """{"action":"decline"}""")]
    [InlineData(false, """{"message": "?", "requestedSchema": {"type": "object", "properties": {"a": {"default": 1}}}}""", """{"action":"decline"}""")]
    public async Task A_form_is_filled_with_its_defaults_where_that_is_granted(bool isGranted, string parameters, string answer)
    {
        _client = Client(new McpGrants(false, isGranted));
        await Begin();

        await Say($$"""{"jsonrpc": "2.0", "id": "e", "method": "elicitation/create", "params": {{parameters}} }""");

        Assert.Equal(answer, (await Hear()).GetProperty("result").GetRawText());
    }

    [Fact]
    public async Task A_result_that_needs_input_is_answered_and_its_state_brought_back()
    {
        await BeginStateless();
        var call = _client.CallTool("t", _none, _plain, Cancel);
        await Answer("tools/call", """{"resultType": "input_required", "requestState": "s-1", "inputRequests": {"q": {"method": "elicitation/create", "params": {"message": "?"}}}}""");
        var again = (await Answer("tools/call", """{"resultType": "complete", "content": [{"type": "text", "text": "done"}]}""")).GetProperty("params");

        Assert.Equal("done", (await call).Text);
        Assert.Equal("""{"q":{"action":"decline"}}""", again.GetProperty("inputResponses").GetRawText());
        Assert.Equal("s-1", again.GetProperty("requestState").GetString());
        Assert.Equal("t", again.GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("sampling/createMessage", "it asks for the answer of a model, which this server is not allowed to (sampling = true allows it)")]
    [InlineData("roots/list", "it asks for folders of this machine, which fangd does not tell")]
    [InlineData("mind/read", "it asks for input that fangd cannot give")]
    public async Task A_result_that_needs_what_is_not_given_ends_the_call(string method, string reason)
    {
        await BeginStateless();
        var call = _client.CallTool("t", _none, _plain, Cancel);
        await Answer("tools/call", $$$$"""{"resultType": "input_required", "inputRequests": {"q": {"method": "{{{{method}}}}", "params": {}}} }""");

        Assert.Equal(reason, (await Assert.ThrowsAsync<McpException>(() => call)).Message);
    }

    [Fact]
    public async Task A_server_that_never_has_enough_input_is_given_up()
    {
        await BeginStateless();
        var call = _client.CallTool("t", _none, _plain, Cancel);
        for (var i = 0; i <= 8; i++)
            await Answer("tools/call", """{"resultType": "input_required", "requestState": "more"}""");

        Assert.Equal("it asked for input 8 times and did not come to an end", (await Assert.ThrowsAsync<McpException>(() => call)).Message);
    }

    [Fact]
    public async Task Resources_and_prompts_are_told_line_by_line()
    {
        await Begin("""{"resources": {}, "prompts": {}}""");

        var resources = _client.ListResources(null, Cancel);
        await Answer("resources/list", """{"resources": [{"uri": "a://1", "name": "One", "mimeType": "text/plain", "description": "first"}, {"name": "no uri"}, 5], "nextCursor": "p2"}""");
        await Answer("resources/templates/list", """{"resourceTemplates": [{"uriTemplate": "a://{x}", "name": "Any"}]}""");
        Assert.Equal("a://1 (One): first\na://{x} (Any)\n[there are more: ask again with the cursor p2]", (await resources).Text);

        var prompts = _client.ListPrompts(null, Cancel);
        await Answer("prompts/list", """{"prompts": [{"name": "p", "description": "asks", "arguments": [{"name": "who", "required": true}, {"name": "how"}]}]}""");
        Assert.Equal("p {who} [how]: asks", (await prompts).Text);

        var resource = _client.ReadResource("a://1", _plain, Cancel);
        await Answer("resources/read", """{"contents": [{"uri": "a://1", "text": "T"}, {"uri": "a://2", "mimeType": "image/png", "blob": "AAAA"}]}""");
        Assert.Equal("T\n[resource a://2 image/png, 3 bytes]", (await resource).Text);

        var prompt = _client.GetPrompt("p", _none, _plain, Cancel);
        await Answer("prompts/get", """{"messages": [{"role": "user", "content": {"type": "text", "text": "Hello"}}]}""");
        Assert.Equal("user: Hello", (await prompt).Text);
    }

    [Fact]
    public async Task What_a_list_of_tools_lies_about_is_left_out()
    {
        await Begin();
        var deep = new string('[', 60) + new string(']', 60);
        var listing = _client.ListTools(Cancel);
        await Answer("tools/list", $$$"""
            {"tools": [{"name": "good", "inputSchema": {"type": "object", "properties": {"a": true}} }, {"name": "bare", "inputSchema": {}}, {"name": "old", "inputSchema": {"properties": {}} },
            {"name": "good", "inputSchema": {"type": "object"}}, {"name": "list", "inputSchema": {"type": "array"}}, {"name": "deep", "inputSchema": {"type": "object", "x": {{{deep}}} }},
            {"name": 5, "inputSchema": {"type": "object"}}, {"name": "big", "inputSchema": {"type": "object", "description": "{{{new string('x', 300_000)}}}"}}, 7]}
            """.ReplaceLineEndings(""));
        var (tools, leftOut) = await listing;

        Assert.Equal(["""good {"type": "object", "properties": {"a": true}}""", """bare {"type":"object"}""", """old {"type":"object","properties": {}}"""], tools.Select(tool => $"{tool.Name} {Encoding.UTF8.GetString(tool.Schema.Span)}"));
        Assert.Equal(
            [
                "good: there are two of that name", "list: its schema is no object", "deep: its schema is nested too deeply", "a tool without a name, or with one that is too long",
                "big: its schema is larger than 256 KiB", "a tool without a name, or with one that is too long",
            ],
            leftOut);
    }

    [Fact]
    public async Task A_flood_of_notifications_is_told_of_once()
    {
        await Begin();
        var told = new List<string>();
        _client.Flooded = told.Add;

        for (var i = 0; i < 21_000; i += 100)
            await Say(string.Join('\n', Enumerable.Repeat("""{"jsonrpc": "2.0", "method": "notifications/message", "params": {}}""", 100)));
        var ping = _client.Ping(Cancel);
        await Answer("ping", "{}");
        await ping;

        Assert.Equal(["it sent more than 20000 messages within a minute"], told);
    }

    private McpClient Client(McpGrants grants) => new(_transport, new McpClientIdentity("fangd", "1", TimeProvider.System), grants);

    private async Task BeginStateless()
    {
        var begin = _client.Begin(Cancel);
        await Refuse("initialize", -32601);
        await Answer("server/discover", """{"resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {}}""");
        await begin;
    }

    private async Task<JsonElement> Begin(string capabilities = "{}")
    {
        var begin = _client.Begin(Cancel);
        var hello = await Answer("initialize", $$$"""{"protocolVersion": "2025-06-18", "capabilities": {{{capabilities}}}, "serverInfo": {"name": "s", "version": "1"}}""");
        await begin;
        Assert.Equal("notifications/initialized", (await Hear()).GetProperty("method").GetString());
        return hello;
    }

    private async Task<JsonElement> Answer(string method, string result)
    {
        var message = await Hear(method);
        await Say($$"""{"jsonrpc": "2.0", "id": {{message.GetProperty("id").GetInt64()}}, "result": {{result}}}""");
        return message;
    }

    private async Task Refuse(string method, int code)
    {
        var message = await Hear(method);
        await Say($$$"""{"jsonrpc": "2.0", "id": {{{message.GetProperty("id").GetInt64()}}}, "error": {"code": {{{code}}}, "message": "no"}}""");
    }

    private async Task<JsonElement> Hear(string? method = null)
    {
        var line = await _heard.ReadLineAsync(Cancel) ?? throw new InvalidOperationException("the client has closed its end");
        var message = JsonDocument.Parse(line).RootElement;
        if (method is not null)
            Assert.Equal(method, message.GetProperty("method").GetString());
        return message;
    }

    private async Task Say(string line) => await _fromServer.Writer.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), Cancel);
}

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
    private readonly McpClient _client;

    public McpClientTests()
    {
        _heard = new StreamReader(_toServer.Reader.AsStream());
        _transport = new StdioTransport(_toServer.Writer.AsStream(), _fromServer.Reader.AsStream());
        _client = new McpClient(_transport, new McpClientIdentity("fangd", "1", TimeProvider.System));
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

        var call = _client.CallTool("t", JsonDocument.Parse("{}").RootElement, Cancel);
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
        _client.ToolsChanged = told.SetResult;
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
        var call = _client.CallTool("t", JsonDocument.Parse("{}").RootElement, Cancel);
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
        var call = _client.CallTool("t", JsonDocument.Parse("{}").RootElement, enough.Token);
        var id = (await Hear()).GetProperty("id").GetInt64();

        await enough.CancelAsync();
        var withdrawn = await Hear();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal("notifications/cancelled", withdrawn.GetProperty("method").GetString());
        Assert.Equal(id, withdrawn.GetProperty("params").GetProperty("requestId").GetInt64());
    }

    private async Task Begin()
    {
        var begin = _client.Begin(Cancel);
        await Answer("initialize", """{"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}""");
        await begin;
        Assert.Equal("notifications/initialized", (await Hear()).GetProperty("method").GetString());
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

using System.Threading.Channels;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Servers over HTTP in all the ways that the protocol has had.</summary>
public sealed class McpTransportTests : IAsyncLifetime
{
    private const string Done = """{"content": [{"type": "text", "text": "DONE"}]}""";

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

    [Theory]
    [InlineData("sse")]
    [InlineData("http")]
    public async Task A_server_of_2024_is_spoken_to_over_its_stream(string transport)
    {
        var streams = Channel.CreateBounded<McpExchange>(4);
        McpExchange? open = null;
        await using var server = new StandInMcp(exchange => Legacy(exchange, streams.Writer, now => open = now, () => open!, "/messages?session=1"));

        await Add(server, transport);

        Assert.Equal(transport, (await api.Do("GET /api/mcp/servers/s", Cancel)).Text("transport"));
        Assert.Contains("DONE", await Call("{}"));
        var first = await streams.Reader.ReadAsync(Cancel);
        first.Abort();
        // The stream was the connection: it is made anew.
        await streams.Reader.ReadAsync(Cancel);
    }

    [Fact]
    public async Task A_stream_that_sends_messages_elsewhere_is_refused()
    {
        await using var elsewhere = new StandInMcp(_ => throw new InvalidOperationException("nothing may come here"));
        await using var server = new StandInMcp(exchange => Legacy(exchange, null, _ => { }, () => exchange, elsewhere.Url + "/messages"));
        await Add(server, "sse", isConnected: false);

        await new ApiCase(
            "elsewhere",
            "POST /api/mcp/servers/s/reconnect",
            502,
            """{"error": "MCP server s cannot be connected: the server named no address for messages: the address for messages that it named is on another host"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task An_answer_whose_stream_ends_early_is_asked_on_for()
    {
        var resumed = new TaskCompletionSource<string?>();
        McpExchange? call = null;
        await using var server = new StandInMcp(async exchange =>
        {
            if (exchange.Method == "initialize")
                exchange.SetHeader("Mcp-Session-Id", "one");
            if (await exchange.Usual())
                return;
            if (!exchange.IsPost && exchange.Header("Last-Event-ID") is not { } id)
            {
                await exchange.Status(405);
            }
            else if (exchange.IsPost)
            {
                call = exchange;
                exchange.BeginStream();
                await exchange.Write("id: call-1\nretry: 10\ndata:\n\n");
            }
            else
            {
                resumed.TrySetResult(exchange.Header("Last-Event-ID"));
                exchange.BeginStream();
                await exchange.Event(call!.Answer(Done));
            }
        });
        await Add(server, "http");

        Assert.Contains("DONE", await Call("{}"));
        Assert.Equal("call-1", await resumed.Task);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_for_good_is_an_error_that_the_model_reads()
    {
        await using var server = new StandInMcp(async exchange =>
        {
            if (await exchange.Usual())
                return;
            exchange.BeginStream();
            await exchange.Event("""{"jsonrpc": "2.0", "method": "notifications/message", "params": {}}""");
        });
        await Add(server, "http");

        Assert.Contains("the server ended its stream without an answer", await Call("{}"));
        Assert.Equal("Ready", (await api.Do("GET /api/mcp/health", Cancel)).GetProperty("health")[0].Text("status"));
    }

    private static async Task Legacy(
        McpExchange exchange, ChannelWriter<McpExchange>? streams, Action<McpExchange> opened, Func<McpExchange> stream, string endpoint)
    {
        if (exchange.IsPost && exchange.Path == "/")
        {
            await exchange.Status(405);
        }
        else if (exchange.IsPost)
        {
            await exchange.Status(202);
            var result = McpExchange.UsualResult(exchange.Method, """[{"name": "work", "inputSchema": {"type": "object"}}]""", """{"tools": {}}""") ?? Done;
            if (result.Length > 0)
                await stream().Write($"event: message\ndata: {exchange.Answer(result)}\n\n");
        }
        else
        {
            exchange.BeginStream();
            opened(exchange);
            await exchange.Write($"event: endpoint\ndata: {endpoint}\n\n");
            streams?.TryWrite(exchange);
            await Task.Delay(Timeout.InfiniteTimeSpan, exchange.Stopping);
        }
    }

    private async Task Add(StandInMcp server, string transport, bool isConnected = true)
    {
        await api.Do("POST /api/mcp/servers", Cancel, $$$"""{"name": "s", "transport": {"type": "{{{transport}}}", "url": "{{{server.Url}}}"}}""");
        Assert.Equal(isConnected, (await api.Do("GET /api/mcp/servers/s", Cancel)).GetProperty("connected").GetBoolean());
    }

    private async Task<string> Call(string arguments)
    {
        var agent = (await api.Do("POST /api/agents", Cancel, Requests.Manifest("name = \"a\"\n[capabilities]\ntools = [\"mcp_*\"]"))).Text("agent_id");
        return (await api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message($"<<call mcp_s_work {arguments}>>"))).Text("response");
    }
}

using System.Threading.Channels;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Servers over HTTP in all the ways that the protocol has had.</summary>
public sealed class McpTransportTests : IAsyncLifetime
{
    private const string Done = """{"content": [{"type": "text", "text": "DONE"}]}""";

    private McpBench bench = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => bench = await McpBench.Start();

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Theory]
    [InlineData("sse")]
    [InlineData("http")]
    public async Task A_server_of_2024_is_spoken_to_over_its_stream(string transport)
    {
        var streams = Channel.CreateBounded<McpExchange>(4);
        McpExchange? open = null;
        await using var server = new StandInMcp(exchange => Legacy(exchange, streams.Writer, now => open = now, () => open!, "/messages?session=1"));

        await bench.Add("s", server, transport);

        Assert.Equal(transport, (await bench.Api.Do("GET /api/mcp/servers/s", Cancel)).Text("transport"));
        Assert.Contains("DONE", await bench.Call("mcp_s_work {}"));
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
        await bench.Add("s", server, "sse");

        await new ApiCase(
            "elsewhere",
            "POST /api/mcp/servers/s/reconnect",
            502,
            """{"error": "MCP server s cannot be connected: the server named no address for messages: the address for messages that it named is on another host"}""").Run(bench.Api, Cancel);
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
        await bench.Add("s", server);

        Assert.Contains("DONE", await bench.Call("mcp_s_work {}"));
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
        await bench.Add("s", server);

        Assert.Contains("the server ended its stream without an answer", await bench.Call("mcp_s_work {}"));
        Assert.Equal("Ready", (await bench.Health("s")).Text("status"));
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
}

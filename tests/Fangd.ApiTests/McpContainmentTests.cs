using System.Globalization;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Servers that hang, flood, die and lie: each has a clear state, and neither the daemon nor other servers notice.</summary>
public sealed class McpContainmentTests
{
    private const string Done = """{"content": [{"type": "text", "text": "DONE"}]}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("initialize")]
    [InlineData("tools/list")]
    public async Task A_server_that_hangs_before_its_tools_are_known_is_given_up(string method)
    {
        Assert.SkipWhen(Daemons.IsBinary, "the clock of the binary cannot be moved");
        var time = new ManualTime();
        await using var bench = await McpBench.Start(time);
        await using var good = await Good(bench);
        var hung = new TaskCompletionSource();
        await using var server = new StandInMcp(async exchange =>
        {
            if (exchange.Method != method)
            {
                await exchange.Usual();
                return;
            }

            hung.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, exchange.Stopping);
        });

        var adding = bench.Add("bad", server);
        await hung.Task.WaitAsync(Cancel);
        time.Advance(TimeSpan.FromSeconds(31));
        await adding;

        var health = await Failed(bench);
        Assert.Equal(("Error", "the server did not answer within 30 s"), (health.Text("status"), health.Text("last_error")));
        Assert.True(health.GetProperty("reconnecting").GetBoolean());
        await Unaffected(bench);
    }

    [Fact]
    public async Task A_call_that_hangs_ends_and_the_next_one_is_answered()
    {
        Assert.SkipWhen(Daemons.IsBinary, "the clock of the binary cannot be moved");
        var time = new ManualTime();
        await using var bench = await McpBench.Start(time);
        await bench.AddShell(
            "bad",
            Program("""*'"hang"'*) echo '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1,"progressToken":'$id'}}';;"""),
            """, "timeout_secs": 5""");

        await using var run = await bench.Stream("""mcp_bad_work {"do": "hang"}""");
        await run.Of("phase", Cancel);
        time.Advance(TimeSpan.FromSeconds(6));

        Assert.Contains("MCP server bad did not answer within 5 s", (await run.Of("tool_result", Cancel)).GetRawText());
        Assert.Contains("DONE", await bench.Call("mcp_bad_work {}"));
    }

    [Theory]
    [InlineData("yes | tr -d '\\n'", "it sent a message of more than 8 MiB")]
    [InlineData("""yes '{"jsonrpc":"2.0","method":"notifications/message","params":{}}'""", "it sent more than 20000 messages within a minute")]
    [InlineData("""yes '{"jsonrpc":"2.0","id":77777,"result":{}}'""", "it sent more than 20000 messages within a minute")]
    [InlineData("yes 'listening on stdio'", "it sent more than 20000 messages within a minute")]
    public async Task A_program_that_floods_is_ended(string flood, string error)
    {
        await using var bench = await McpBench.Start();
        await using var good = await Good(bench);
        await bench.AddShell("bad", Program($"""*'"flood"'*) {flood};;"""));

        Assert.Contains($"MCP server bad: the server is gone: ", await bench.Call("""mcp_bad_work {"do": "flood"}"""));

        // Made anew it is told of no more; that takes a pause of its own each time, so the end is seen before.
        var health = await Failed(bench);
        Assert.Contains(error, health.Text("last_error"));
        await Unaffected(bench);
    }

    [Theory]
    [InlineData("yes", "it sent more than 20000 messages within a minute")]
    [InlineData("yes | tr -d '\\n'", "the server is gone: it sent a message of more than 8 MiB")]
    public async Task A_program_that_floods_instead_of_answering_is_ended_at_once(string script, string error)
    {
        await using var bench = await McpBench.Start();

        await bench.AddShell("bad", script);

        Assert.Equal(error, (await Failed(bench)).Text("last_error"));
    }

    [Fact]
    public async Task A_server_that_leaves_again_and_again_is_asked_ten_times()
    {
        Assert.SkipWhen(Daemons.IsBinary, "the clock of the binary cannot be moved");
        var time = new ManualTime();
        await using var bench = await McpBench.Start(time);
        var opened = 0;
        McpExchange? stream = null;
        var leave = new TaskCompletionSource();
        await using var server = new StandInMcp(async exchange =>
        {
            if (!exchange.IsPost)
            {
                Interlocked.Increment(ref opened);
                (stream, leave) = (exchange, new TaskCompletionSource());
                exchange.BeginStream();
                await exchange.Write("event: endpoint\ndata: /\n\n");
                await leave.Task.WaitAsync(exchange.Stopping);
                return;
            }

            await exchange.Status(202);
            if (McpExchange.UsualResult(exchange.Method, "[]", """{"tools": {}}""") is { Length: > 0 } result)
                await stream!.Event(exchange.Answer(result));
            // It lives just long enough to tell its tools.
            if (exchange.Method == "tools/list")
                leave.SetResult();
        });

        await bench.Add("bad", server, "sse");
        JsonElement health;
        while ((health = await Failed(bench)).GetProperty("reconnecting").GetBoolean())
        {
            // In the pauses as far as can be seen from here: an attempt that begins just now may fail for lack of time, and counts too.
            if (health.Number("consecutive_failures") >= Volatile.Read(ref opened))
                time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(10, health.Number("consecutive_failures"));
        Assert.InRange(opened, 2, 10);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_of_fifty_megabytes_is_refused(bool overHttp)
    {
        await using var bench = await McpBench.Start();
        await using var good = await Good(bench);
        await using var server = new StandInMcp(async exchange =>
        {
            if (await exchange.Usual())
                return;
            exchange.BeginStream("application/json");
            await exchange.Write($$"""{"jsonrpc": "2.0", "id": {{exchange.Message.GetProperty("id").GetRawText()}}, "result": {"content": [{"type": "text", "text": "{{" "}}""");
            for (var i = 0; i < 50; i++)
                await exchange.Write(new string('x', 1024 * 1024));
            await exchange.Write("\"}]}}");
        });
        if (overHttp)
            await bench.Add("bad", server);
        else
            await bench.AddShell("bad", Program("""*'"big"'*) printf '{"id":%s,"result":{"text":"' $id; head -c 52428800 /dev/zero | tr '\0' x; echo '"}}';;"""));

        var answer = await bench.Call("""mcp_bad_work {"do": "big"}""");

        Assert.Contains(overHttp ? "MCP server bad: the server sent an answer of more than 8 MiB" : "MCP server bad: the server is gone: it sent a message of more than 8 MiB", answer);
        await Unaffected(bench);
    }

    [Fact]
    public async Task Endless_pages_come_to_an_end()
    {
        await using var bench = await McpBench.Start();
        var pages = 0;
        await using var server = new StandInMcp(async exchange =>
        {
            if (exchange.Method != "tools/list")
                await exchange.Usual();
            else
                await exchange.Result($$$"""{"tools": [{"name": "t{{{Interlocked.Increment(ref pages)}}}", "inputSchema": {"type": "object"}}], "nextCursor": "{{{pages}}}"}""");
        });

        await bench.Add("bad", server);

        Assert.Equal(("Ready", 100), ((await bench.Health("bad")).Text("status"), (await bench.Health("bad")).Number("tool_count")));
    }

    [Fact]
    public async Task A_list_that_lies_gives_the_tools_that_are_sound()
    {
        await using var bench = await McpBench.Start();
        await using var good = await Good(bench);
        var huge = $$$"""{"name": "huge", "inputSchema": {"type": "object", "description": "{{{new string('x', 5_000_000)}}}"}}""";
        string[] lies =
        [
            """{"name": "work", "inputSchema": {"type": "object", "properties": {"a": true, "b": 5, "c": {"type": 7, "enum": {}}}, "required": {"x": 1}}}""",
            """{"name": "work", "inputSchema": {"type": "object"}}""", """{"name": "text", "inputSchema": "object"}""", """{"name": ["x"], "inputSchema": {}}""", "5", "null", huge,
        ];
        var many = Enumerable.Range(0, 10_000).Select(number => string.Create(CultureInfo.InvariantCulture, $$$"""{"name": "many_{{{number}}}", "inputSchema": {"type": "object"}}"""));
        await using var server = new StandInMcp(async exchange =>
        {
            if (!await exchange.Usual($"[{string.Join(',', lies.Concat(many))}]"))
                await exchange.Result(Done);
        });

        await bench.Add("bad", server);

        Assert.Equal(("Ready", 1000), ((await bench.Health("bad")).Text("status"), (await bench.Health("bad")).Number("tool_count")));
        Assert.Contains("DONE", await bench.Call("""mcp_bad_work {"a": 1, "b": 2, "c": 3}"""));
        await Unaffected(bench);
    }

    private static async Task<StandInMcp> Good(McpBench bench)
    {
        var server = new StandInMcp(async exchange =>
        {
            if (!await exchange.Usual())
                await exchange.Result(Done);
        });
        await bench.Add("good", server);
        return server;
    }

    private static async Task Unaffected(McpBench bench)
    {
        Assert.Equal("Ready", (await bench.Health("good")).Text("status"));
        Assert.Contains("DONE", await bench.Call("mcp_good_work {}"));
        await bench.Api.Do("GET /api/health", Cancel);
    }

    /// <summary>Waits until the bad server is in an error.</summary>
    private static async Task<JsonElement> Failed(McpBench bench)
    {
        JsonElement health;
        while ((health = await bench.Health("bad")).Text("status") != "Error")
            await Task.Yield();
        return health;
    }

    /// <summary>A server in shell; <paramref name="special"/> is a case before the usual ones.</summary>
    private static string Program(string special) => $$$"""
        say() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$1"; }
        while read -r line; do
          id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
          case "$line" in
            {{{special}}}
            *'"initialize"'*) say '{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"shell","version":"1"}}';;
            *'"tools/list"'*) say '{"tools":[{"name":"work","inputSchema":{"type":"object"}}]}';;
            *'"tools/call"'*) say '{{{Done}}}';;
            *'"ping"'*) say '{}';;
          esac
        done
        """;
}

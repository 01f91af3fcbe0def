using System.Text.Json;
using System.Threading.Channels;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>What servers do beside answering calls: tell of progress, ask a model, have resources and prompts.</summary>
public sealed class McpAbilityTests
{
    private const string Work = """[{"name": "work", "inputSchema": {"type": "object"}}]""";
    private const string Done = """{"content": [{"type": "text", "text": "DONE"}]}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The clock moves less than the minute after which connections are checked: between two of its moves they would have no time to answer.</summary>
    [Fact]
    public async Task Progress_is_told_to_readers_of_the_run_and_keeps_the_call_alive()
    {
        Assert.SkipWhen(Daemons.IsBinary, "the clock of the binary cannot be moved");
        var time = new ManualTime();
        await using var bench = await McpBench.Start(time);
        var calls = Channel.CreateBounded<McpExchange>(4);
        var end = new TaskCompletionSource();
        await using var server = new StandInMcp(async exchange =>
        {
            if (await exchange.Usual())
                return;
            exchange.BeginStream();
            await calls.Writer.WriteAsync(exchange);
            await end.Task.WaitAsync(exchange.Stopping);
        });
        await bench.Add("s", server, more: """, "timeout_secs": 10""");

        await using var run = await bench.Stream("mcp_s_work {}");
        var call = await calls.Reader.ReadAsync(Cancel);
        var token = call.Params.GetProperty("_meta").GetProperty("progressToken").GetRawText();
        for (var done = 1; done <= 3; done++)
        {
            time.Advance(TimeSpan.FromSeconds(8));
            await call.Event($$$"""{"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": {{{token}}}, "progress": {{{done}}}, "total": 4, "message": "copying"}}""");
            var phase = await run.Of("phase", Cancel);
            Assert.Equal(("tool_use", "mcp_s_work", $"{done} of 4: copying"), (phase.Text("phase"), phase.Text("tool"), phase.Text("detail")));
        }

        await call.Event(call.Answer(Done));
        end.SetResult();
        Assert.Contains("DONE", (await run.Of("tool_result", Cancel)).GetRawText());

        // Without progress the silence counts.
        var lost = bench.Call("mcp_s_work {}");
        await calls.Reader.ReadAsync(Cancel);
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Contains("MCP server s did not answer within 10 s and told of no progress", await lost);
    }

    [Fact]
    public async Task A_server_that_may_ask_a_model_gets_the_agents()
    {
        await using var bench = await McpBench.Start();
        await using var server = Asking("""{"systemPrompt": "Be brief.", "messages": [{"role": "user", "content": {"type": "text", "text": "<<say PARIS>><<usage 7 3>>"}}], "maxTokens": 50}""");
        await bench.Add("s", server, more: """, "sampling": true""");

        var answer = await bench.Call("mcp_s_work {}");

        Assert.Contains("""{"role":"assistant","content":{"type":"text","text":"PARIS"},"model":"fake-model","stopReason":"endTurn"}""", answer);
        var asked = bench.Model.Calls.Single(call => call.LastUserText.StartsWith("<<say PARIS", StringComparison.Ordinal));
        Assert.Equal(["system: Be brief.", "user: <<say PARIS>><<usage 7 3>>"], asked.Transcript);
        Assert.Empty(asked.Tools);
        // It is on the agent's bill.
        Assert.Equal(3, (await bench.Api.Do("GET /api/usage", Cancel)).Number("request_count"));
    }

    [Theory]
    [InlineData("""{"messages": [], "maxTokens": 5}""", -32602, "messages must be 1 to 100")]
    [InlineData("""{"messages": [{"role": "user", "content": {"type": "text", "text": "x"}}]}""", -32602, "maxTokens must be a whole number from 1 on")]
    [InlineData("""{"messages": [{"role": "system", "content": {"type": "text", "text": "x"}}], "maxTokens": 5}""", -32602, "role must be user or assistant")]
    [InlineData("""{"messages": [{"role": "user", "content": {"type": "audio", "data": ""}}], "maxTokens": 5}""", -32602, "content must be text or a picture")]
    [InlineData("""{"messages": [{"role": "user", "content": {"type": "text", "text": "<<fail 400>>"}}], "maxTokens": 5}""", -32603, "the model did not answer")]
    public async Task A_question_for_a_model_that_cannot_be_asked_is_refused(string question, int code, string reason)
    {
        await using var bench = await McpBench.Start();
        await using var server = Asking(question);
        await bench.Add("s", server, more: """, "sampling": true""");

        var answer = await bench.Call("mcp_s_work {}");

        Assert.Contains($"\"code\":{code}", answer);
        Assert.Contains(reason, answer);
    }

    [Fact]
    public async Task A_call_may_ask_ten_times()
    {
        await using var bench = await McpBench.Start();
        await using var server = Asking("""{"messages": [{"role": "user", "content": {"type": "text", "text": "again"}}], "maxTokens": 5}""", times: 11);
        await bench.Add("s", server, more: """, "sampling": true""");

        Assert.Contains("""{"code":-1,"message":"a call may ask a model 10 times at most"}""", await bench.Call("mcp_s_work {}"));
        Assert.Equal(10, bench.Model.Calls.Count(call => call.LastUserText == "again"));
    }

    [Fact]
    public async Task A_server_that_may_not_ask_is_refused()
    {
        await using var bench = await McpBench.Start();
        await using var server = Asking("""{"messages": [{"role": "user", "content": {"type": "text", "text": "x"}}], "maxTokens": 5}""");
        await bench.Add("s", server);

        Assert.Contains("""{"code":-32601,"message":"fangd does not answer sampling/createMessage"}""", await bench.Call("mcp_s_work {}"));
    }

    [Fact]
    public async Task Resources_and_prompts_are_reached_by_tools_of_their_own()
    {
        await using var bench = await McpBench.Start();
        var isMore = false;
        var changes = new TaskCompletionSource<McpExchange>();
        await using var server = new StandInMcp(async exchange =>
        {
            if (exchange.Method == "initialize")
                exchange.SetHeader("Mcp-Session-Id", "one");
            if (await exchange.Usual("""[{"name": "read_resource", "description": "Its own", "inputSchema": {"type": "object"}}]""", """{"tools": {}, "resources": {}, "prompts": {}}"""))
                return;
            if (!exchange.IsPost)
            {
                exchange.BeginStream();
                await exchange.Write(": open\n\n");
                changes.TrySetResult(exchange);
                await Task.Delay(Timeout.InfiniteTimeSpan, exchange.Stopping);
            }

            await exchange.Result(exchange.Method switch
            {
                "resources/list" when !exchange.Params.TryGetProperty("cursor", out _) => """{"resources": [{"uri": "a://1", "name": "One"}], "nextCursor": "p2"}""",
                "resources/list" => isMore ? """{"resources": [{"uri": "a://2"}, {"uri": "a://3"}]}""" : """{"resources": [{"uri": "a://2"}]}""",
                "resources/templates/list" => """{"resourceTemplates": []}""",
                "resources/read" => $$"""{"contents": [{"uri": "x", "text": "CONTENT of {{exchange.Params.Text("uri")}}"}]}""",
                "prompts/list" => """{"prompts": [{"name": "greet", "arguments": [{"name": "who", "required": true}]}]}""",
                "prompts/get" => $$$"""{"messages": [{"role": "user", "content": {"type": "text", "text": "Greet {{{exchange.Params.GetProperty("arguments").Text("who")}}}"}}]}""",
                _ => Done,
            });
        });
        await bench.Add("s", server);
        var view = await bench.Api.Do("GET /api/mcp/servers/s", Cancel);
        var names = view.GetProperty("tools").EnumerateArray().Select(tool => tool.Text("name")).ToList();

        Assert.Equal((2, 1), (view.Number("resource_count"), view.Number("prompt_count")));
        Assert.Equal("mcp_s_read_resource", names[0]);
        Assert.Equal("mcp_s_list_resources", names[1]);
        Assert.StartsWith("mcp_s_read_resource_", names[2]);
        Assert.Equal("mcp_s_get_prompt", names[3]);
        Assert.Contains("DONE", await bench.Call("mcp_s_read_resource {}"));
        Assert.Contains("CONTENT of a://1", await bench.Call($$"""{{names[2]}} {"uri": "a://1"}"""));
        Assert.Contains("The argument \"uri\" is missing", await bench.Call($"{names[2]} {{}}"));
        Assert.Contains("a://1 (One)\n[there are more: ask again with the cursor p2]", await bench.Call("mcp_s_list_resources {}"));
        Assert.Contains("result: a://2", await bench.Call("""mcp_s_list_resources {"cursor": "p2"}"""));
        Assert.Contains("greet {who}", await bench.Call("mcp_s_get_prompt {}"));
        Assert.Contains("user: Greet Ada", await bench.Call("""mcp_s_get_prompt {"name": "greet", "arguments": {"who": "Ada"}}"""));

        isMore = true;
        await (await changes.Task.WaitAsync(Cancel)).Event("""{"jsonrpc": "2.0", "method": "notifications/resources/list_changed"}""");
        while ((await bench.Api.Do("GET /api/mcp/servers/s", Cancel)).Number("resource_count") != 3)
            await Task.Yield();
    }

    /// <summary>A server whose tool asks a model and answers with what it was told.</summary>
    private static StandInMcp Asking(string question, int times = 1)
    {
        var answers = Channel.CreateBounded<JsonElement>(20);
        return new StandInMcp(async exchange =>
        {
            if (exchange.IsPost && exchange.Method.Length == 0)
            {
                await answers.Writer.WriteAsync(exchange.Message);
                await exchange.Status(202);
                return;
            }

            if (await exchange.Usual(Work))
                return;
            exchange.BeginStream();
            var last = "";
            for (var i = 0; i < times; i++)
            {
                await exchange.Event($$"""{"jsonrpc": "2.0", "id": "ask-{{i}}", "method": "sampling/createMessage", "params": {{question}} }""");
                var answer = await answers.Reader.ReadAsync(exchange.Stopping);
                last = (answer.TryGetProperty("result", out var result) ? result : answer.GetProperty("error")).GetRawText();
            }

            await exchange.Event(exchange.Answer($$"""{"content": [{"type": "text", "text": {{FakeJson.Quote(last)}}}]}"""));
        });
    }
}

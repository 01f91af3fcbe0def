using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Anthropic;

namespace Fangd.UnitTests.Llm.Anthropic;

public sealed class AnthropicClientTests
{
    private const string Start = """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"stop_reason":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":100,"cache_read_input_tokens":50,"output_tokens":1}}}""";
    private const string Stop = """{"type":"message_stop"}""";

    private static readonly string ToolStream = Calls.Events(
        Start,
        """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me s\u00fcm"}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQBCg=="}}""",
        """{"type":"content_block_stop","index":0}""",
        """{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"EmwKAhg="}}""",
        """{"type":"content_block_stop","index":1}""",
        """{"type":"ping"}""",
        """{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}""",
        """{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Okay \ud83d"}}""",
        """{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"\ude00"}}""",
        """{"type":"content_block_stop","index":2}""",
        """{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_1","name":"weather","input":{}}}""",
        """{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}""",
        """{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"city\": \"S"}}""",
        """{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"\u00e3o Paulo\"}"}}""",
        """{"type":"content_block_stop","index":3}""",
        """{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"toolu_2","name":"now","input":{}}}""",
        """{"type":"content_block_stop","index":4}""",
        """{"type":"of_the_future","index":9}""",
        """{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":89}}""",
        Stop);

    private static readonly string[] ToolLines =
    [
        "think Let me süm", "signed EqQBCg==", """signed {"type":"redacted_thinking","data":"EmwKAhg="}""", "text Okay ", "text \U0001F600",
        """call toolu_1 weather {"city": "São Paulo"}""", "call toolu_2 now {}", "usage 175/89 cached 50 reasoning 0", "stop ToolCalls",
    ];

    [Fact]
    public async Task A_stream_is_read_the_same_at_every_split()
    {
        var body = Encoding.UTF8.GetBytes(ToolStream);
        await using var provider = new StandIn((call, _) => StandIn.Reply.Split(body, call - 1));
        for (var at = 0; at <= body.Length; at++) Assert.Equal(ToolLines, await Run(provider));
        await using var bytewise = StandIn.Always(StandIn.Reply.Stream(ToolStream, 1));
        Assert.Equal(ToolLines, await Run(bytewise));
    }

    [Fact]
    public async Task A_stream_cut_anywhere_is_no_answer()
    {
        var body = Encoding.UTF8.GetBytes(ToolStream);
        // Up to the end mark; of that one only the blank line may be missing.
        var end = ToolStream.TrimEnd().Length;
        var client = Client();
        await using var provider = new StandIn((call, _) => StandIn.Reply.Stream(Encoding.UTF8.GetString(body.AsSpan(0, call))));
        for (var at = 1; at < Encoding.UTF8.GetByteCount(ToolStream.AsSpan(0, end)); at++)
        {
            var failure = await Assert.ThrowsAsync<LlmException>(() => Calls.Run(client, Calls.Target(provider.Url)));
            Assert.True(failure.Fault is LlmFault.Interrupted or LlmFault.Garbage, $"{at}: {failure.Message}");
            if (at > Start.Length + 40) Assert.Equal(LlmFault.Interrupted, failure.Fault);
        }
    }

    [Theory]
    [InlineData("end_turn", LlmStop.EndTurn)]
    [InlineData("stop_sequence", LlmStop.EndTurn)]
    [InlineData("max_tokens", LlmStop.MaxTokens)]
    [InlineData("model_context_window_exceeded", LlmStop.MaxTokens)]
    [InlineData("refusal", LlmStop.ContentFilter)]
    [InlineData("of_the_future", LlmStop.EndTurn)]
    public async Task A_stop_reason_says_why(string reason, LlmStop stop)
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream(Text("hi", reason)));
        Assert.Equal(["text hi", "usage 175/7 cached 50 reasoning 0", $"stop {stop}"], await Run(provider));
    }

    [Fact]
    public async Task A_call_that_was_cut_in_its_input_is_dropped()
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream(Calls.Events(
            Start,
            """{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"write","input":{}}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"text\":\"ha"}}""",
            """{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":9}}""",
            Stop)));
        Assert.Equal(["usage 175/9 cached 50 reasoning 0", "stop MaxTokens"], await Run(provider));
    }

    [Fact]
    public async Task A_paused_turn_is_gone_on_with_as_it_is()
    {
        await using var provider = new StandIn((call, _) => StandIn.Reply.Stream(call == 1
            ? Calls.Events(
                Start,
                """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s1"}}""",
                """{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"Let me "}}""",
                """{"type":"content_block_start","index":2,"content_block":{"type":"server_tool_use","id":"srv1","name":"web_search","input":{}}}""",
                """{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"q\":1}"}}""",
                """{"type":"content_block_start","index":3,"content_block":{"type":"web_search_tool_result","tool_use_id":"srv1","content":[{"url":"x"}]}}""",
                """{"type":"message_delta","delta":{"stop_reason":"pause_turn"},"usage":{"output_tokens":10}}""",
                Stop)
            : Text("see.", "end_turn")));
        Assert.Equal(["think hm", "text Let me ", "signed s1", "text see.", "usage 350/17 cached 100 reasoning 0", "stop EndTurn"], await Run(provider));

        var messages = JsonDocument.Parse(provider.Requests.Last().Body).RootElement.GetProperty("messages");
        Assert.Equal(2, messages.GetArrayLength());
        Assert.Equal(
            """{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s1"},{"type":"text","text":"Let me "},{"type":"server_tool_use","id":"srv1","name":"web_search","input":{"q":1}},{"type":"web_search_tool_result","tool_use_id":"srv1","content":[{"url":"x"}]}]}""",
            messages[1].GetRawText());
    }

    [Fact]
    public async Task A_turn_that_never_stops_pausing_ends()
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream(Text("x", "pause_turn")));
        var lines = await Run(provider);
        Assert.Equal(9, provider.Requests.Count);
        Assert.Equal([.. Enumerable.Repeat("text x", 9), "usage 1575/63 cached 450 reasoning 0", "stop EndTurn"], lines);
    }

    [Fact]
    public async Task A_whole_answer_is_read_where_a_server_does_not_stream()
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream(
            """{"id":"m","type":"message","role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"hi"},{"type":"tool_use","id":"a","name":"t","input":{"n":1}}],"stop_reason":"tool_use","usage":{"input_tokens":3,"output_tokens":4}}""",
            type: "application/json"));
        Assert.Equal(["think hm", "signed s", "text hi", """call a t {"n":1}""", "usage 3/4 cached 0 reasoning 0", "stop ToolCalls"], await Run(provider));
    }

    [Theory]
    [InlineData("", "/v1/messages")]
    [InlineData("/", "/v1/messages")]
    [InlineData("/v1", "/v1/messages")]
    [InlineData("/anthropic", "/anthropic/v1/messages")]
    [InlineData("/v1/messages", "/v1/messages")]
    public async Task The_request_goes_to_its_endpoint_with_key_and_version(string suffix, string path)
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream(Text("x", "end_turn")));
        await Calls.Run(Client(), Calls.Target(provider.Url + suffix, " sk-1 "));
        var request = provider.Requests.Single();
        Assert.Equal(path, request.Path);
        Assert.Contains("x-api-key: sk-1\r\n", request.Head + "\r\n", StringComparison.Ordinal);
        Assert.Contains("anthropic-version: 2023-06-01\r\n", request.Head + "\r\n", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, "invalid_request_error", "max_tokens: must be positive", LlmFault.BadRequest)]
    [InlineData(400, "invalid_request_error", "Your credit balance is too low to access the API.", LlmFault.Billing)]
    [InlineData(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", LlmFault.ContextOverflow)]
    [InlineData(401, "authentication_error", "invalid x-api-key", LlmFault.Auth)]
    [InlineData(402, "billing_error", "payment", LlmFault.Billing)]
    [InlineData(403, "permission_error", "no access", LlmFault.Auth)]
    [InlineData(404, "not_found_error", "model: claude-x", LlmFault.ModelNotFound)]
    [InlineData(413, "request_too_large", "Request exceeds the maximum size", LlmFault.ContextOverflow)]
    [InlineData(429, "rate_limit_error", "slow down", LlmFault.RateLimit)]
    [InlineData(500, "api_error", "Internal server error", LlmFault.Overloaded)]
    [InlineData(504, "timeout_error", "timed out", LlmFault.Timeout)]
    [InlineData(529, "overloaded_error", "Overloaded", LlmFault.Overloaded)]
    public async Task An_error_means_the_same_as_a_status_and_in_the_stream(int status, string type, string message, LlmFault fault)
    {
        var body = """{"type":"error","error":{"type":"TYPE","message":"WORDS"},"request_id":"req_1"}"""
            .Replace("TYPE", type, StringComparison.Ordinal).Replace("WORDS", message, StringComparison.Ordinal);
        var (_, refused) = await Calls.Fails(Client(), StandIn.Reply.Status(status, body));
        Assert.Equal(fault, refused.Fault);
        Assert.Contains(message[..4], refused.Message, StringComparison.Ordinal);

        var (lines, broken) = await Calls.Fails(Client(), StandIn.Reply.Stream(Text("hi", null) + Calls.Events(body), 1));
        Assert.Equal(["text hi"], lines);
        Assert.Equal(fault, broken.Fault);
    }

    [Fact]
    public async Task The_wait_that_is_asked_for_is_told_also_as_a_date()
    {
        var (_, failure) = await Calls.Fails(Client(), StandIn.Reply.Status(
            429, """{"type":"error","error":{"type":"rate_limit_error","message":"x"}}""", $"Retry-After: {DateTimeOffset.Now.AddSeconds(600):R}\r\n"));
        Assert.Equal(LlmFault.RateLimit, failure.Fault);
        Assert.InRange(failure.RetryAfter!.Value.TotalSeconds, 300, 600);
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html>", LlmFault.Garbage)]
    [InlineData("", LlmFault.Garbage)]
    [InlineData("data: {\"type\":\"content_block_delta\",oops\n\n", LlmFault.Garbage)]
    [InlineData("data: {\"type\":\"ping\"}\n\n", LlmFault.Interrupted)]
    [InlineData("{\"error\":{\"message\":\"no such model\"}}", LlmFault.ModelNotFound)]
    public async Task What_is_no_answer_is_a_failure(string body, LlmFault fault)
    {
        foreach (var size in (int[])[0, 1]) Assert.Equal(fault, (await Calls.Fails(Client(), StandIn.Reply.Stream(body, size))).Failure.Fault);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_told_behind_the_text()
    {
        var reply = StandIn.Reply.Stream(Text("half", null)) with { Resets = true };
        var (_, failure) = await Calls.Fails(Client(), reply);
        Assert.Equal(LlmFault.Interrupted, failure.Fault);
    }

    private static AnthropicClient Client() => new(Calls.Http, TimeProvider.System);

    private static Task<List<string>> Run(StandIn provider, LlmRequest? request = null) => Calls.Run(Client(), Calls.Target(provider.Url, "k1"), request);

    // Without a reason the stream is open.
    private static string Text(string text, string? reason) => Calls.Events(
    [
        Start,
        """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"TEXT"}}""".Replace("TEXT", text, StringComparison.Ordinal),
        .. reason is null ? (string[])[] :
        [
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"REASON"},"usage":{"output_tokens":7}}""".Replace("REASON", reason, StringComparison.Ordinal),
            Stop,
        ],
    ]);
}

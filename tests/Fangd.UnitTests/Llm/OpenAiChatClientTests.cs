using System.Text;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.OpenAi;

namespace Fangd.UnitTests.Llm;

public sealed class OpenAiChatClientTests
{
    private const string Finish = """
        data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

        data: [DONE]


        """;

    [Fact]
    public async Task A_stream_is_read_the_same_at_every_split()
    {
        const string stream = "data: {\"choices\":[{\"delta\":{\"content\":\"gr\u00fc\U0001F600\"}}]}\r\n\r\n: ping\n\ndata:{\"choices\":[{\"delta\":{\"content\":\"!\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";
        string[] expected = ["text gr\u00fc\U0001F600", "text !", "usage 3/2 cached 0 reasoning 0", "stop EndTurn"];
        var body = Encoding.UTF8.GetBytes(stream);
        await using var provider = new StandIn((call, _) => StandIn.Reply.Split(body, call - 1));
        for (var at = 0; at <= body.Length; at++) Assert.Equal(expected, await Calls.Run(provider));
        Assert.Equal(expected, await Calls.Answer(stream, 1));
    }

    [Fact]
    public async Task An_emoji_escaped_in_two_chunks_stays_whole()
    {
        var lines = await Calls.Answer("""
            data: {"choices":[{"delta":{"content":"a\ud83d"}}]}

            data: {"choices":[{"delta":{"content":"\ude00b\n\"\ud83d"}}]}

            data: {"choices":[{"delta":{"content":"c"}}]}


            """ + Finish);
        Assert.Equal(["text a", "text \U0001F600b\n\"", "text \uFFFDc", "stop EndTurn"], lines);
    }

    [Fact]
    public async Task Reasoning_comes_under_either_name_and_only_once()
    {
        var lines = await Calls.Answer("""
            data: {"choices":[{"delta":{"content":null,"reasoning_content":"a"}}]}

            data: {"choices":[{"delta":{"reasoning":"b"}}]}

            data: {"choices":[{"delta":{"reasoning":"c","reasoning_content":"c","content":"x"}}]}


            """ + Finish);
        Assert.Equal(["think a", "think b", "think c", "text x", "stop EndTurn"], lines);
    }

    [Theory]
    [InlineData("""{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":5},"completion_tokens_details":{"reasoning_tokens":2}}}""", "usage 9/4 cached 5 reasoning 2")]
    [InlineData("""{"choices":[],"usage":null}""", null)]
    public async Task Usage_may_come_last_or_not_at_all(string chunk, string? usage)
    {
        var lines = await Calls.Answer($"data: {{\"choices\":[{{\"delta\":{{\"content\":\"x\"}},\"finish_reason\":\"length\"}}]}}\n\ndata: {chunk}\n\ndata: [DONE]\n\n");
        string[] expected = usage is null ? ["text x", "stop MaxTokens"] : ["text x", usage, "stop MaxTokens"];
        Assert.Equal(expected, lines);
    }

    [Fact]
    public async Task A_missing_end_mark_is_accepted_after_a_finish_reason()
    {
        Assert.Equal(["text x", "stop EndTurn"], await Calls.Answer("data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}"));
    }

    [Fact]
    public async Task A_cut_stream_is_an_error_after_its_text()
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream("data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\ndata: {\"choices\":[{\"del"));
        var seen = new List<string>();
        var failure = await Assert.ThrowsAsync<LlmException>(async () =>
        {
            await foreach (var e in new OpenAiChatClient(Calls.Http, TimeProvider.System).Stream(Calls.Request(), Calls.Target(provider.Url), default)) seen.Add(e.Text!);
        });
        Assert.Equal(LlmFault.Interrupted, failure.Fault);
        Assert.Equal(["half"], seen);
    }

    [Fact]
    public async Task A_reset_connection_is_an_interruption()
    {
        var reply = StandIn.Reply.Stream("data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n");
        var failure = await Calls.Fails(reply with { Resets = true });
        Assert.True(failure.IsTransient);
        Assert.Contains("acme", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("application/json")]
    public async Task A_whole_answer_to_a_stream_request_is_accepted(string type)
    {
        const string body = """
            {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hello","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":{"a":1}}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}
            """;
        await using var provider = StandIn.Always(StandIn.Reply.Stream(body, 7, type: type));
        Assert.Equal(["text hello", "call c1 f {\"a\":1}", "usage 1/1 cached 0 reasoning 0", "stop ToolCalls"], await Calls.Run(provider));
    }

    [Fact]
    public async Task Content_in_parts_is_text_and_thinking()
    {
        var lines = await Calls.Answer("""data: {"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"yes"}]}}]}""" + "\n\n" + Finish);
        Assert.Equal(["think hm", "text yes", "stop EndTurn"], lines);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"\"")]
    public async Task An_error_field_without_content_is_no_error(string error)
    {
        Assert.Equal(["text a", "stop EndTurn"], await Calls.Answer($"data: {{\"error\":{error},\"choices\":[{{\"delta\":{{\"content\":\"a\"}}}}]}}\n\n" + Finish));
    }

    [Fact]
    public async Task Only_the_first_choice_counts()
    {
        var lines = await Calls.Answer("""data: {"choices":[{"delta":{"content":"b"},"index":1},{"index":0,"delta":{"content":"a"}}]}""" + "\n\n" + Finish);
        Assert.Equal(["text a", "stop EndTurn"], lines);
    }

    [Fact]
    public async Task Cancelling_hangs_up_at_once()
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n", hangs: true));
        using var run = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in new OpenAiChatClient(Calls.Http, TimeProvider.System).Stream(Calls.Request(), Calls.Target(provider.Url), run.Token))
                await run.CancelAsync();
        });
        await provider.HungUp.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("", 120)]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n", 60)]
    public async Task A_silent_provider_times_out_on_the_given_clock(string sent, int seconds)
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream(sent, hangs: true));
        var client = new OpenAiChatClient(Calls.Http, new HastyTime(TimeSpan.FromSeconds(seconds)));
        var failure = await Assert.ThrowsAsync<LlmException>(() => Calls.Run(client, Calls.Target(provider.Url)));
        Assert.Equal(LlmFault.Timeout, failure.Fault);
        Assert.Contains($"{seconds} s", failure.Message, StringComparison.Ordinal);
        await provider.HungUp.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_server_that_stays_open_after_the_finish_reason_is_not_waited_for()
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream("data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n", hangs: true));
        var client = new OpenAiChatClient(Calls.Http, new HastyTime(TimeSpan.FromSeconds(5)));
        Assert.Equal(["text x", "stop EndTurn"], await Calls.Run(client, Calls.Target(provider.Url)));
    }

    [Fact]
    public async Task A_server_that_never_closes_after_the_end_mark_does_not_matter()
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n" + Finish, hangs: true));
        Assert.Equal(["text x", "stop EndTurn"], await Calls.Run(provider));
    }

    [Fact]
    public async Task Nothing_listening_is_unreachable()
    {
        var gone = StandIn.Always(StandIn.Reply.Stream(""));
        var url = gone.Url;
        await gone.DisposeAsync();
        var failure = await Assert.ThrowsAsync<LlmException>(() => Calls.Run(new OpenAiChatClient(Calls.Http, TimeProvider.System), Calls.Target(url)));
        Assert.Equal(LlmFault.Unreachable, failure.Fault);
    }

    [Theory]
    [InlineData("stream_options", "Unrecognized request argument supplied: stream_options", "\"stream_options\"")]
    [InlineData("max_tokens", "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "\"max_tokens\"")]
    [InlineData("temperature", "Unsupported value: 'temperature' does not support 0.5 with this model.", "\"temperature\"")]
    [InlineData("tools", "registry.ollama.ai/library/gemma does not support tools", "\"tools\"")]
    public async Task A_refused_field_is_left_out_and_stays_out(string field, string refusal, string quoted)
    {
        await using var provider = new StandIn((_, request) => request.Body.Contains(quoted, StringComparison.Ordinal)
            ? StandIn.Reply.Status(400, $$$"""{"error":{"message":"{{{refusal}}}","param":"{{{field}}}"}}""")
            : StandIn.Reply.Stream("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n" + Finish));
        var client = new OpenAiChatClient(Calls.Http, TimeProvider.System);
        var request = Calls.Request() with { MaxTokens = 5, Temperature = 0.5, Tools = [new LlmTool("f", "", default)] };
        for (var i = 0; i < 3; i++) Assert.Equal(["text x", "stop EndTurn"], await Calls.Run(client, Calls.Target(provider.Url), request));
        Assert.Equal(4, provider.Requests.Count);
    }

    [Fact]
    public async Task The_key_goes_as_bearer_and_its_absence_as_nothing()
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream(Finish));
        await Calls.Run(provider, key: " sk-1\n");
        await Calls.Run(provider);
        var requests = provider.Requests.ToArray();
        Assert.Contains("\r\nAuthorization: Bearer sk-1\r\n", requests[0].Head + "\r\n", StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", requests[1].Head, StringComparison.Ordinal);
        Assert.Equal("/v1/chat/completions", requests[0].Path);
    }

    /// <summary>A clock that stands still but for one length of wait, which is over a moment later.</summary>
    private sealed class HastyTime(TimeSpan wait) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Hasty(base.CreateTimer(callback, state, Due(dueTime), period), this);

        private TimeSpan Due(TimeSpan dueTime) => dueTime == wait ? TimeSpan.FromMilliseconds(200) : Timeout.InfiniteTimeSpan;

        private sealed class Hasty(ITimer timer, HastyTime time) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(time.Due(dueTime), period);

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}

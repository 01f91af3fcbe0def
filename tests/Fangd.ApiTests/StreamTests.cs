using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Answers as server-sent events, in each dialect.</summary>
public sealed class StreamTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private const string WritesFile = """<<call file_write {"path": "s.txt", "content": "x"}>>""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_ends_with_one_done_that_sums_up()
    {
        var agent = await shared.Spawn();

        var events = await Events(shared.Api, agent, "<<say Hel|lo.>><<usage 5 2>>");

        Assert.Equal(["chunk", "chunk", "done"], Kinds(events));
        JsonPattern.Matches("""{"content": "Hel", "done": false}""", events[0].Json);
        JsonPattern.Matches("""{"done": true, "usage": {"input_tokens": 5, "output_tokens": 2}, "session_id": "*", "iterations": 1, "cost_usd": 0, "model": "fake-model"}""", events[^1].Json);
    }

    [Theory]
    [InlineData("librefang", "tool_use tool_result chunk done")]
    [InlineData("openfang", "tool_use text_delta done")]
    [InlineData("agentos", "tool_use tool_result chunk done")]
    public async Task A_dialect_names_its_events(string dialect, string kinds)
    {
        var agent = await shared.Spawn("[capabilities]\ntools = [\"file_write\"]");
        var api = dialect switch { "openfang" => shared.OpenFang, "agentos" => shared.AgentOs, _ => shared.Api };

        var events = await Events(api, agent, WritesFile);

        Assert.Equal(kinds.Split(' '), Kinds(events).Aggregate(new List<string>(), Squeeze));
        JsonPattern.Matches("""{"tool": "file_write"}""", events[0].Json);
        if (dialect != "openfang")
            JsonPattern.Matches("""{"tool": "file_write", "input": {"path": "s.txt", "content": "x"}, "result": "*", "is_error": false}""", events[1].Json);
        if (dialect == "openfang")
            JsonPattern.Matches("""{"content": "*"}""", events[1].Json);
    }

    [Theory]
    [InlineData("<<fail 400>>", "model_failed", false)]
    [InlineData("<<fail 429 99>>", "model_busy", true)]
    [InlineData("<<say a|b|c>><<cut 1>>", "model_failed", false)]
    public async Task A_failure_is_one_error_at_the_end(string message, string code, bool hasPause)
    {
        var agent = await shared.Spawn();

        var events = await Events(shared.Api, agent, message);

        Assert.Single(events, one => one.Type is "error" or "done");
        Assert.Equal(("error", code), (events[^1].Type, events[^1].Json.Text("code")));
        Assert.Equal(hasPause, events[^1].Json.TryGetProperty("retry_after", out _));
    }

    [Fact]
    public async Task A_refusal_before_the_stream_is_an_ordinary_error()
    {
        var agent = await shared.Spawn();

        await new ApiCase("stream", $"POST /api/agents/{agent}/message/stream", 404, """{"error": "*"}""", Requests.Message("x", Requests.NoAgent)).Run(shared.Api, Cancel);
    }

    [Fact]
    public async Task A_silent_answer_streams_nothing_but_its_end()
    {
        var agent = await shared.Spawn();

        var events = await Events(shared.Api, agent, "<<say NO_|REPLY>>");

        Assert.Equal(["done"], Kinds(events));
        Assert.True(events[0].Json.GetProperty("silent").GetBoolean());
    }

    [Fact]
    public async Task Text_is_sent_on_as_it_comes()
    {
        var agent = await shared.Spawn();
        var gate = shared.Model.Gate("drip");
        await using var stream = await shared.Api.Stream($"POST /api/agents/{agent}/message/stream", Cancel, Requests.Message("<<gate drip>><<say one|two>>"));

        gate.Release();
        var first = await stream.Next(Cancel);
        gate.Open();

        Assert.Equal("one", first!.Json.Text("content"));
        Assert.Equal("two", (await stream.Next(Cancel))!.Json.Text("content"));
    }

    [Fact]
    public async Task A_reader_that_leaves_does_not_end_the_run()
    {
        var agent = await shared.Spawn();
        var gate = shared.Model.Gate("reader left");
        var stream = await shared.Api.Stream($"POST /api/agents/{agent}/message/stream", Cancel, Requests.Message("<<gate reader left>><<say to|the|end>>"));
        gate.Release();
        await stream.Next(Cancel);

        await stream.DisposeAsync();
        gate.Open();

        await shared.Say(agent, "next");
        Assert.Equal("totheend", (await shared.Api.Do($"GET /api/agents/{agent}/session", Cancel)).GetProperty("messages")[1].Text("content"));
    }

    [Fact]
    public async Task A_stop_ends_a_stream_with_an_error()
    {
        var agent = await shared.Spawn();
        await using var stream = await shared.Api.Stream($"POST /api/agents/{agent}/message/stream", Cancel, Requests.Message("stop the stream <<say a|b>><<hang 1>>"));
        await stream.Next(Cancel);

        await shared.Api.Do($"POST /api/agents/{agent}/stop", Cancel);

        var rest = await stream.Rest(Cancel);
        Assert.Equal(["error"], Kinds(rest));
        Assert.Equal("cancelled", rest[0].Json.Text("code"));
    }

    [Fact]
    public async Task A_hundred_streams_of_one_agent_at_once_all_end_well()
    {
        var agent = await shared.Spawn("max_history_messages = 4");

        var all = await Task.WhenAll(Enumerable.Range(0, 100).Select(index => Events(shared.Api, agent, $"<<say {index}>>")));

        for (var index = 0; index < all.Length; index++)
        {
            Assert.Equal(["chunk", "done"], Kinds(all[index]));
            Assert.Equal(index.ToString(), all[index][0].Json.Text("content"));
        }
    }

    private static async Task<IReadOnlyList<SseEvent>> Events(ApiClient api, string agent, string message)
    {
        await using var stream = await api.Stream($"POST /api/agents/{agent}/message/stream", Cancel, Requests.Message(message));
        Assert.Equal("no", string.Join(",", stream.Answer.Headers.GetValues("X-Accel-Buffering")));
        return await stream.Rest(Cancel);
    }

    private static IEnumerable<string> Kinds(IReadOnlyList<SseEvent> events) => events.Select(one => one.Type);

    /// <summary>One of each run of the same kind.</summary>
    private static List<string> Squeeze(List<string> kinds, string next)
    {
        if (kinds.Count == 0 || kinds[^1] != next)
            kinds.Add(next);
        return kinds;
    }
}

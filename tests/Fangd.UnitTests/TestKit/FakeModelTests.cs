using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.UnitTests.TestKit;

public sealed class FakeModelTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_without_markers_is_echoed_with_usage()
    {
        await using var model = FakeModel.Start();
        using var client = new ApiClient(model.Address);

        var answer = await client.Do("POST /v1/chat/completions", Cancel, Chat("hello"));

        JsonPattern.Matches("""
            {
              "choices": [{"message": {"role": "assistant", "content": "echo: hello"}, "finish_reason": "stop", "*": "*"}],
              "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
              "model": "m", "*": "*"
            }
            """, answer);
        Assert.Equal("hello", Assert.Single(model.Calls).LastUserText);
    }

    [Fact]
    public async Task A_stream_waits_at_its_gate_before_every_chunk()
    {
        await using var model = FakeModel.Start();
        using var client = new ApiClient(model.Address);
        await using var stream = await client.Stream("POST /v1/chat/completions", Cancel, Chat("<<gate slow>><<say one|two>>", stream: true));
        var gate = model.Gate("slow");

        await gate.Reached(1, Cancel);
        var early = stream.Next(Cancel);
        Assert.False(early.IsCompleted);
        gate.Release();
        Assert.Equal("one", Content(await early));
        await gate.Reached(2, Cancel);
        gate.Open();
        Assert.Equal("two", Content(await stream.Next(Cancel)));
        var rest = await stream.Rest(Cancel);

        Assert.Equal("[DONE]", rest[^1].Data);
        await model.Calls[0].Answered.WaitAsync(Cancel);
    }

    [Fact]
    public async Task A_client_that_leaves_is_noticed_while_the_model_waits()
    {
        await using var model = FakeModel.Start();
        using var client = new ApiClient(model.Address);
        var stream = await client.Stream("POST /v1/chat/completions", Cancel, Chat("<<gate never>>", stream: true));
        await model.Gate("never").Reached(1, Cancel);

        await stream.DisposeAsync();

        await model.Calls[0].Aborted.WaitAsync(Cancel);
        Assert.False(model.Calls[0].Answered.IsCompleted);
    }

    [Fact]
    public async Task A_cut_stream_breaks_and_does_not_end()
    {
        await using var model = FakeModel.Start();
        using var client = new ApiClient(model.Address);
        await using var stream = await client.Stream("POST /v1/chat/completions", Cancel, Chat("<<say a|b|c>><<cut 2>>", stream: true));

        Assert.Equal("a", Content(await stream.Next(Cancel)));
        Assert.Equal("b", Content(await stream.Next(Cancel)));
        await Assert.ThrowsAnyAsync<IOException>(() => stream.Next(Cancel));
    }

    [Fact]
    public async Task Tool_calls_come_in_pieces_and_their_results_are_told()
    {
        await using var model = FakeModel.Start();
        using var client = new ApiClient(model.Address);
        const string ask = """<<call clock {"zone":"UTC"}>>""";
        await using var stream = await client.Stream("POST /v1/chat/completions", Cancel, Chat(ask, stream: true));

        var deltas = (await stream.Rest(Cancel)).Where(chunk => chunk.Data != "[DONE]").Select(Delta).ToArray();
        var arguments = string.Concat(deltas.Where(delta => delta.TryGetProperty("tool_calls", out _))
            .Select(delta => delta.GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString()));
        Assert.Equal("""{"zone":"UTC"}""", arguments);

        var after = await client.Do("POST /v1/chat/completions", Cancel, $$"""
            {"model":"m","messages":[{"role":"user","content":{{FakeJson.Quote(ask)}} },{"role":"tool","tool_call_id":"call_1","content":"noon"}]}
            """);
        Assert.Equal("result: noon", after.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task Queued_replies_come_first_and_in_order()
    {
        await using var model = FakeModel.Start();
        using var client = new ApiClient(model.Address);
        model.Rule = _ => ModelReply.Say("rule");
        model.Reply(ModelReply.RateLimited("3"), ModelReply.Html());

        var limited = await client.Send("POST /v1/chat/completions", Cancel, Chat("x"));
        var page = await client.Send("POST /v1/chat/completions", Cancel, Chat("x"));
        var ruled = await client.Send("POST /v1/chat/completions", Cancel, Chat("x"));

        Assert.Equal((429, "3"), ((int)limited.Status, limited.Headers["Retry-After"]));
        Assert.Equal((502, "text/html"), ((int)page.Status, page.Headers["Content-Type"]));
        Assert.Equal("rule", ruled.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task One_byte_at_a_time_is_the_same_stream()
    {
        await using var model = FakeModel.Start();
        using var client = new ApiClient(model.Address);
        model.Reply(ModelReply.Say("grüße", " 🌍") with { WriteSize = 1 });
        await using var stream = await client.Stream("POST /v1/chat/completions", Cancel, Chat("x", stream: true));

        Assert.Equal("grüße", Content(await stream.Next(Cancel)));
        Assert.Equal(" 🌍", Content(await stream.Next(Cancel)));
    }

    private static string Chat(string text, bool stream = false) =>
        $$"""{"model":"m","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":{{FakeJson.Quote(text)}} }]}""";

    private static JsonElement Delta(SseEvent chunk) => chunk.Json.GetProperty("choices")[0].GetProperty("delta");

    private static string? Content(SseEvent? chunk) => Delta(chunk!).GetProperty("content").GetString();
}

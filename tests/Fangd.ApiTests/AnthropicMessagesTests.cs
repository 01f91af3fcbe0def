using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>The door for clients of Anthropic's Messages API.</summary>
public sealed class AnthropicMessagesTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private const string WeatherTool = """[{"name": "weather", "description": "Tells the weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}, {"type": "web_search_20250305", "name": "web_search"}]""";

    private readonly ApiClient api = shared.Api;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_has_the_shape_that_sdks_read()
    {
        var name = await Agent();

        await new ApiCase("create", "POST /v1/messages", 200, $$"""
            {
              "id": "msg_*", "type": "message", "role": "assistant", "model": "{{name}}", "content": [{"type": "text", "text": "Hi."}],
              "stop_reason": "end_turn", "stop_sequence": null,
              "usage": {"input_tokens": 4, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 2}
            }
            """, Body(name, "<<say Hi.>><<usage 4 2>>")).Run(api, Cancel);
    }

    [Fact]
    public async Task A_stream_opens_fills_and_closes_its_block_in_order()
    {
        await using var stream = await api.Stream("POST /v1/messages", Cancel, Body(await Agent(), "<<say Hel|lo.>><<usage 4 2>>", "\"stream\": true"));
        var events = await stream.Rest(Cancel);

        Assert.Equal(
            ["message_start", "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop", "message_delta", "message_stop"],
            events.Select(one => one.Type));
        Assert.Equal(events.Select(one => one.Type), events.Select(one => one.Json.Text("type")));
        JsonPattern.Matches("""{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}}""", events[2].Json);
        JsonPattern.Matches("""{"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": {"input_tokens": 4, "output_tokens": 2, "*": "*"}}""", events[5].Json);
    }

    [Fact]
    public async Task Tools_of_the_client_are_called_by_the_client_and_their_results_come_back()
    {
        var name = await Agent();
        const string asked = """<<call weather {"city": "Oslo"}>>""";

        var answer = await api.Do("POST /v1/messages", Cancel, Body(name, asked, $"\"tools\": {WeatherTool}, \"tool_choice\": {{\"type\": \"any\"}}"));

        Assert.Equal("tool_use", answer.Text("stop_reason"));
        JsonPattern.Matches("""[{"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Oslo"}}]""", answer.GetProperty("content"));
        var call = await shared.Model.CallWith(asked, Cancel);
        Assert.Equal(["weather"], call.Tools);
        Assert.Equal("required", call.Body.Text("tool_choice"));
        var rest = await api.Do("POST /v1/messages", Cancel, $$$"""
            {"model": "{{{name}}}", "max_tokens": 100, "tools": {{{WeatherTool}}}, "messages": [
              {"role": "user", "content": {{{FakeJson.Quote(asked)}}}},
              {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Oslo"}}]},
              {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": [{"type": "text", "text": "sunny"}]}]}
            ]}
            """);
        Assert.Equal("result: sunny", rest.GetProperty("content")[0].Text("text"));
    }

    [Fact]
    public async Task Calls_are_streamed_as_blocks_of_their_own()
    {
        await using var stream = await api.Stream("POST /v1/messages", Cancel, Body(await Agent(), """<<call weather {"city": "Rome"}>>""", $"\"stream\": true, \"tools\": {WeatherTool}"));
        var events = await stream.Rest(Cancel);

        JsonPattern.Matches("""{"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "call_1", "name": "weather", "input": {}}}""", events[1].Json);
        JsonPattern.Matches("""{"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{\"city\": \"Rome\"}"}}""", events[2].Json);
        Assert.Equal("tool_use", events[^2].Json.GetProperty("delta").Text("stop_reason"));
    }

    [Fact]
    public async Task System_blocks_stops_and_images_reach_the_model()
    {
        await api.Do("POST /v1/messages", Cancel, $$$"""
            {"model": "{{{await Agent()}}}", "max_tokens": 55, "stop_sequences": ["END"], "system": [{"type": "text", "text": "Be a pirate."}], "messages": [
              {"role": "user", "content": [{"type": "text", "text": "look at this picture"}, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}]}]}
            """);

        var call = await shared.Model.CallWith("look at this picture", Cancel);
        Assert.Contains(call.Transcript, line => line.Contains("Be a pirate."));
        Assert.Equal("END", call.Body.GetProperty("stop")[0].GetString());
        Assert.Contains("data:image/png;base64,iVBORw0KGgo=", call.Body.GetRawText());
    }

    [Fact]
    public async Task Tokens_are_estimated_without_a_call()
    {
        var count = await api.Do("POST /v1/messages/count_tokens", Cancel, """{"model": "x", "messages": [{"role": "user", "content": "four letter words only, forty characters"}]}""");

        Assert.InRange(count.Number("input_tokens"), 8, 20);
    }

    [Theory]
    [InlineData("""{"model": "m", "messages": [{"role": "user", "content": "x"}]}""", "max_tokens is missing")]
    [InlineData("""{"max_tokens": 5, "messages": []}""", "model is missing")]
    [InlineData("""{"model": "m", "max_tokens": 5, "messages": []}""", "messages must contain a user message")]
    [InlineData("""{"model": "m", "max_tokens": 5, "messages": "x"}""", "messages must be an array")]
    [InlineData("""{"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": [{"type": "video"}]}]}""", "messages[0].content[0].type 'video' is not supported *")]
    [InlineData("""{"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": [{"type": "tool_result", "content": "x"}]}]}""", "messages[0].content[0].tool_use_id is missing")]
    public Task A_wrong_request_is_refused_by_field_in_anthropics_shape(string body, string message) =>
        new ApiCase("wrong", "POST /v1/messages", 400, $$$"""{"type": "error", "error": {"type": "invalid_request_error", "message": "{{{message}}}"}}""", body).Run(api, Cancel);

    [Fact]
    public async Task A_model_that_fails_is_an_error_before_the_stream_and_an_event_in_it()
    {
        var name = await Agent();

        await new ApiCase("before", "POST /v1/messages", 502, """{"type": "error", "error": {"type": "api_error", "message": "*"}}""", Body(name, "<<fail 400>>", "\"stream\": true")).Run(api, Cancel);
    }

    private static string Body(string model, string message, string? more = null) =>
        $$"""{"model": "{{model}}", "max_tokens": 100, "messages": [{"role": "user", "content": {{FakeJson.Quote(message)}}}]{{(more is null ? "" : ", " + more)}}}""";

    private async Task<string> Agent()
    {
        var name = shared.NewName();
        await shared.Spawn("", name);
        return name;
    }
}

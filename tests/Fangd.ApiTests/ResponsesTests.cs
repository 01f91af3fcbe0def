using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>The door for clients of OpenAI's Responses API.</summary>
public sealed class ResponsesTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private const string WeatherTool = """[{"type": "function", "name": "weather", "description": "Tells the weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}, {"type": "web_search"}]""";

    private readonly ApiClient api = shared.Api;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_response_has_the_shape_that_sdks_read()
    {
        var name = await Agent();

        await new ApiCase("create", "POST /v1/responses", 200, $$"""
            {
              "id": "resp_*", "object": "response", "created_at": "*", "status": "completed", "model": "{{name}}", "error": null, "incomplete_details": null,
              "instructions": null, "max_output_tokens": null, "metadata": {"trip": "1"}, "parallel_tool_calls": true, "previous_response_id": null,
              "reasoning": "*", "store": true, "temperature": 0.5, "text": "*", "tool_choice": "auto", "tools": [], "top_p": null, "truncation": "disabled", "user": null,
              "output": [{"id": "msg_*", "type": "message", "status": "completed", "role": "assistant",
                          "content": [{"type": "output_text", "text": "Hi.", "annotations": [], "logprobs": []}]}],
              "usage": {"input_tokens": 4, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 2, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 6}
            }
            """, Body(name, "<<say Hi.>><<usage 4 2>>", "\"temperature\": 0.5, \"metadata\": {\"trip\": \"1\"}")).Run(api, Cancel);
    }

    [Fact]
    public async Task A_stream_opens_fills_and_closes_its_message_in_order()
    {
        var events = await Stream(Body(await Agent(), "<<say Hel|lo.>><<usage 4 2>>"));

        Assert.Equal(
            [
                "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added", "response.output_text.delta",
                "response.output_text.delta", "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed",
            ],
            events.Select(one => one.Json.Text("type")));
        Assert.Equal(events.Select(one => one.Json.Text("type")), events.Select(one => one.Type));
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(one => (int)one.Json.Number("sequence_number")));
        Assert.Equal(["Hel", "lo."], events.Where(one => one.Type == "response.output_text.delta").Select(one => one.Json.Text("delta")));
        var response = events[^1].Json.GetProperty("response");
        Assert.Equal("Hello.", response.GetProperty("output")[0].GetProperty("content")[0].Text("text"));
        Assert.Single(events.Select(one => one.Json).Where(json => json.TryGetProperty("response", out _)).Select(json => json.GetProperty("response").Text("id")).Distinct());
    }

    [Fact]
    public async Task A_response_goes_on_from_another_and_two_may_go_on_from_one()
    {
        var name = await Agent();
        var first = await api.Do("POST /v1/responses", Cancel, Body(name, "the first question"));
        var id = first.Text("id");

        var second = await api.Do("POST /v1/responses", Cancel, Body(name, "the second question", $"\"previous_response_id\": \"{id}\""));
        await api.Do("POST /v1/responses", Cancel, Body(name, "another second question", $"\"previous_response_id\": \"{id}\""));
        await api.Do("POST /v1/responses", Cancel, Body(name, "the third question", $"\"previous_response_id\": \"{second.Text("id")}\""));

        var call = await shared.Model.CallWith("the third question", Cancel);
        Assert.Equal(
            ["user: the first question", "assistant: echo: the first question", "user: the second question", "assistant: echo: the second question", "user: the third question"],
            call.Transcript.Where(line => !line.StartsWith("system", StringComparison.Ordinal)));
        var kept = await api.Do($"GET /v1/responses/{id}", Cancel);
        Assert.Equal(first.GetRawText(), kept.GetRawText());
        await new ApiCase("delete", $"DELETE /v1/responses/{id}", 200, $$"""{"id": "{{id}}", "object": "response", "deleted": true}""").Run(api, Cancel);
        await new ApiCase("gone", $"GET /v1/responses/{id}", 404, """{"error": {"message": "Response * not found", "type": "not_found_error", "param": null, "code": null}}""").Run(api, Cancel);
    }

    [Fact]
    public async Task What_is_not_stored_is_not_there_to_go_on_from()
    {
        var name = await Agent();
        var response = await api.Do("POST /v1/responses", Cancel, Body(name, "in passing", "\"store\": false"));

        await new ApiCase("gone", "POST /v1/responses", 400, """{"error": {"message": "previous_response_id: no response *", "type": "*", "param": null, "code": "previous_response_not_found"}}""",
            Body(name, "more", $"\"previous_response_id\": \"{response.Text("id")}\"")).Run(api, Cancel);
    }

    [Fact]
    public async Task Tools_of_the_client_are_called_by_the_client()
    {
        var name = await Agent();
        const string asked = """<<call weather {"city": "Oslo"}>>""";

        var answer = await api.Do("POST /v1/responses", Cancel, Body(name, asked, $"\"tools\": {WeatherTool}"));

        JsonPattern.Matches("""[{"id": "fc_*", "type": "function_call", "status": "completed", "call_id": "call_1", "name": "weather", "arguments": "{\"city\": \"Oslo\"}"}]""", answer.GetProperty("output"));
        Assert.Equal(["weather"], (await shared.Model.CallWith(asked, Cancel)).Tools);
        var rest = await api.Do("POST /v1/responses", Cancel, $$$"""
            {"model": "{{{name}}}", "tools": {{{WeatherTool}}}, "input": [
              {"role": "user", "content": [{"type": "input_text", "text": {{{FakeJson.Quote(asked)}}}}]},
              {"type": "reasoning", "id": "rs_1", "summary": []},
              {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{\"city\": \"Oslo\"}"},
              {"type": "function_call_output", "call_id": "call_1", "output": "sunny"}
            ]}
            """);
        Assert.Equal("result: sunny", rest.GetProperty("output")[0].GetProperty("content")[0].Text("text"));
    }

    [Fact]
    public async Task Calls_are_streamed_as_items_of_their_own()
    {
        var events = await Stream(Body(await Agent(), """<<call weather {"city": "Rome"}>>""", $"\"tools\": {WeatherTool}"));

        Assert.Equal(
            ["response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.done", "response.output_item.done", "response.completed"],
            events.Skip(2).Select(one => one.Type));
        Assert.Equal("""{"city": "Rome"}""", events[4].Json.Text("arguments"));
    }

    [Fact]
    public async Task A_free_text_tool_gets_text()
    {
        const string tool = """[{"type": "custom", "name": "patch", "description": "Applies a patch", "format": {"type": "text"}}]""";

        var answer = await api.Do("POST /v1/responses", Cancel, Body(await Agent(), """<<call patch {"input": "*** Begin Patch"}>>""", $"\"tools\": {tool}"));

        JsonPattern.Matches("""[{"id": "fc_*", "type": "custom_tool_call", "status": "completed", "call_id": "call_1", "name": "patch", "input": "*** Begin Patch"}]""", answer.GetProperty("output"));
    }

    [Fact]
    public async Task Instructions_and_format_reach_the_model()
    {
        await api.Do("POST /v1/responses", Cancel, Body(
            await Agent(),
            "shape me",
            """
            "instructions": "Speak in JSON.", "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": true}}, "max_output_tokens": 77
            """));

        var call = await shared.Model.CallWith("shape me", Cancel);
        Assert.Contains(call.Transcript, line => line.Contains("Speak in JSON."));
        JsonPattern.Matches("""{"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": true}}""", call.Body.GetProperty("response_format"));
    }

    [Theory]
    [InlineData("{}", "input is missing")]
    [InlineData("""{"input": []}""", "input must be a string or a non-empty array of items")]
    [InlineData("""{"input": [{"role": "robot", "content": "x"}]}""", "input[0].role 'robot' is not one of *")]
    [InlineData("""{"input": [{"type": "function_call_output", "output": "x"}]}""", "input[0].call_id is missing")]
    [InlineData("""{"input": "x", "background": true}""", "background: *")]
    [InlineData("""{"input": "x", "temperature": 3}""", "temperature must be a number from 0 to 2")]
    public Task A_wrong_request_is_refused_by_field(string body, string message) =>
        new ApiCase("wrong", "POST /v1/responses", 400, $$$"""{"error": {"message": "{{{message}}}", "type": "invalid_request_error", "param": null, "code": null}}""", body).Run(api, Cancel);

    private static string Body(string model, string input, string? more = null) =>
        $$"""{"model": "{{model}}", "input": {{FakeJson.Quote(input)}}{{(more is null ? "" : ", " + more)}}}""";

    private async Task<string> Agent()
    {
        var name = shared.NewName();
        await shared.Spawn("", name);
        return name;
    }

    private async Task<IReadOnlyList<SseEvent>> Stream(string body)
    {
        await using var stream = await api.Stream("POST /v1/responses", Cancel, body[..^1] + ", \"stream\": true}");
        return await stream.Rest(Cancel);
    }
}

using System.Net;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>The door for clients of OpenAI's API.</summary>
public sealed class ChatCompletionTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private const string WeatherTool = """[{"type": "function", "function": {"name": "weather", "description": "Tells the weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]""";

    private readonly ApiClient api = shared.Api;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_completion_has_the_shape_that_sdks_read()
    {
        var name = await Agent();

        await new ApiCase("complete", "POST /v1/chat/completions", 200, $$"""
            {
              "id": "chatcmpl-*", "object": "chat.completion", "created": "*", "model": "{{name}}",
              "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi.", "refusal": null}, "logprobs": null, "finish_reason": "stop"}],
              "usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}
            }
            """, Body(name, "<<say Hi.>><<usage 4 2>>")).Run(api, Cancel);
    }

    [Fact]
    public async Task A_stream_is_chunks_of_one_completion_and_done()
    {
        var name = await Agent();

        var events = await Stream(Body(name, "<<say Hel|lo.>><<usage 4 2>>", "\"stream\": true"));

        Assert.Equal("[DONE]", events[^1].Data);
        var chunks = events.SkipLast(1).Select(one => one.Json).ToList();
        Assert.Single(chunks.Select(chunk => chunk.Text("id")).Distinct());
        Assert.All(chunks, chunk => Assert.Equal("chat.completion.chunk", chunk.Text("object")));
        JsonPattern.Matches($$"""{"id": "*", "object": "*", "created": "*", "model": "{{name}}", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hel"}, "logprobs": null, "finish_reason": null}]}""", chunks[0]);
        JsonPattern.Matches("""[{"index": 0, "delta": {"content": "lo."}, "logprobs": null, "finish_reason": null}]""", chunks[1].GetProperty("choices"));
        JsonPattern.Matches("""[{"index": 0, "delta": {}, "logprobs": null, "finish_reason": "stop"}]""", chunks[^1].GetProperty("choices"));
    }

    [Fact]
    public async Task Usage_comes_in_a_chunk_of_its_own_when_asked_for()
    {
        var events = await Stream(Body(await Agent(), "<<say x>><<usage 4 2>>", "\"stream\": true, \"stream_options\": {\"include_usage\": true}"));

        var chunks = events.SkipLast(1).Select(one => one.Json).ToList();
        JsonPattern.Matches("""{"choices": [], "usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}, "*": "*"}""", chunks[^1]);
        Assert.All(chunks.SkipLast(1), chunk => Assert.Equal(JsonValueKind.Null, chunk.GetProperty("usage").ValueKind));
    }

    [Fact]
    public async Task Tools_of_the_client_are_called_by_the_client()
    {
        var name = await Agent();
        const string asked = """<<call weather {"city": "Oslo"}>>""";

        var answer = await api.Do("POST /v1/chat/completions", Cancel, Body(name, asked, $"\"tools\": {WeatherTool}, \"tool_choice\": \"auto\""));

        JsonPattern.Matches("""
            {"index": 0, "message": {"role": "assistant", "content": null, "refusal": null,
             "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\": \"Oslo\"}"}}]}, "logprobs": null, "finish_reason": "tool_calls"}
            """, answer.GetProperty("choices")[0]);
        var call = await shared.Model.CallWith(asked, Cancel);
        Assert.Contains("weather", call.Tools);
        Assert.Equal("auto", call.Body.Text("tool_choice"));

        var rest = await api.Do("POST /v1/chat/completions", Cancel, $$$"""
            {"model": "{{{name}}}", "tools": {{{WeatherTool}}}, "messages": [
              {"role": "user", "content": {{{FakeJson.Quote(asked)}}}},
              {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\": \"Oslo\"}"}}]},
              {"role": "tool", "tool_call_id": "call_1", "content": "sunny"}
            ]}
            """);
        Assert.Equal("result: sunny", rest.GetProperty("choices")[0].GetProperty("message").Text("content"));
    }

    [Fact]
    public async Task Tool_calls_are_streamed_with_id_name_and_arguments()
    {
        var events = await Stream(Body(await Agent(), """<<call weather {"city": "Rome"}>>""", $"\"stream\": true, \"tools\": {WeatherTool}"));

        var choices = events.SkipLast(1).Select(one => one.Json.GetProperty("choices")[0]).ToList();
        var calls = choices.Where(choice => choice.GetProperty("delta").TryGetProperty("tool_calls", out _)).Select(choice => choice.GetProperty("delta").GetProperty("tool_calls")[0]).ToList();
        JsonPattern.Matches("""{"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "*"}}""", calls[0]);
        Assert.Equal("""{"city": "Rome"}""", string.Concat(calls.Select(call => call.GetProperty("function").Text("arguments"))));
        Assert.Equal("tool_calls", choices[^1].Text("finish_reason"));
    }

    [Fact]
    public async Task Own_tools_of_the_agent_stay_inside()
    {
        var name = await Agent("[capabilities]\ntools = [\"file_write\"]");

        var answer = await api.Do("POST /v1/chat/completions", Cancel, Body(name, """<<call file_write {"path": "v1.txt", "content": "x"}>>"""));

        JsonPattern.Matches("""{"message": {"role": "assistant", "content": "result: *", "refusal": null}, "finish_reason": "stop", "*": "*"}""", answer.GetProperty("choices")[0]);
    }

    [Fact]
    public async Task A_request_without_a_session_is_a_conversation_of_its_own()
    {
        var name = await Agent("[model]\nsystem_prompt = \"You are the agent.\"");
        await api.Do("POST /v1/chat/completions", Cancel, Body(name, "remember the v1 word"));

        await api.Do("POST /v1/chat/completions", Cancel, $$"""
            {"model": "{{name}}", "messages": [
              {"role": "system", "content": "You are polite."}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "alone in v1"}]}
            """);

        var call = await shared.Model.CallWith("alone in v1", Cancel);
        Assert.Equal(["user: a", "assistant: b", "user: alone in v1"], call.Transcript.Where(line => !line.StartsWith("system", StringComparison.Ordinal)));
        var system = string.Concat(call.Transcript.Where(line => line.StartsWith("system", StringComparison.Ordinal)));
        Assert.Contains("You are the agent.", system, StringComparison.Ordinal);
        Assert.Contains("You are polite.", system, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("my-own-name", null)]
    [InlineData(null, "user-7")]
    public async Task A_named_session_or_user_keeps_the_conversation(string? session, string? user)
    {
        var name = await Agent();
        var headers = session is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["X-Session-Id"] = session };
        var more = user is null ? null : $"\"user\": \"{user}\"";
        var last = $"second for {session}{user}";

        await api.Send("POST /v1/chat/completions", Cancel, Body(name, "first for it", more), headers);
        await api.Send("POST /v1/chat/completions", Cancel, Body(name, last, more), headers);

        Assert.Equal(["user: first for it", "assistant: echo: first for it", $"user: {last}"], Conversation(await shared.Model.CallWith(last, Cancel)));
    }

    [Fact]
    public async Task A_session_that_is_named_by_its_id_shows_the_turn_and_takes_no_history_twice()
    {
        var name = await Agent();
        var agent = (await api.Do("GET /api/agents", Cancel)).EnumerateArray().Single(one => one.Text("name") == name).Text("id");
        var session = (await shared.Say(agent, "over the api")).Text("session_id");
        var headers = new Dictionary<string, string> { ["X-Session-Id"] = session };

        var answer = await api.Send("POST /v1/chat/completions", Cancel, $$"""
            {"model": "{{name}}", "messages": [{"role": "user", "content": "over the api"}, {"role": "assistant", "content": "echo: over the api"}, {"role": "user", "content": "over v1"}]}
            """, headers);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(4, (await api.Do($"GET /api/agents/{agent}/session", Cancel)).Number("message_count"));
        var unknown = await api.Send("POST /v1/chat/completions", Cancel, Body(name, "x"), new Dictionary<string, string> { ["X-Session-Id"] = Requests.NoAgent });
        Assert.Equal(HttpStatusCode.NotFound, unknown.Status);
    }

    [Fact]
    public async Task An_image_is_passed_on()
    {
        var name = await Agent();
        const string pixel = "data:image/png;base64,iVBORw0KGgo=";

        await api.Do("POST /v1/chat/completions", Cancel, $$$"""
            {"model": "{{{name}}}", "messages": [{"role": "user", "content": [{"type": "text", "text": "look at this pixel"}, {"type": "image_url", "image_url": {"url": "{{{pixel}}}"}}]}]}
            """);

        Assert.Contains(pixel, (await shared.Model.CallWith("look at this pixel", Cancel)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_of_the_request_reach_the_model()
    {
        var name = await Agent();

        await api.Do("POST /v1/chat/completions", Cancel, Body(name, "with options", """
            "temperature": 0.125, "max_completion_tokens": 33, "top_p": 0.5, "stop": ["END"], "seed": 7, "response_format": {"type": "json_object"}, "user": null, "unknown_option": 1
            """));

        var body = (await shared.Model.CallWith("with options", Cancel)).Body;
        JsonPattern.Matches("""{"temperature": 0.125, "top_p": 0.5, "stop": ["END"], "seed": 7, "response_format": {"type": "json_object"}, "*": "*"}""", body);
        Assert.False(body.TryGetProperty("unknown_option", out _));
        Assert.Contains("33", body.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("librefang:{0}")]
    [InlineData("openfang:{0}")]
    [InlineData("agentos:{0}")]
    [InlineData("fangd:{0}")]
    [InlineData("{1}")]
    [InlineData("fangd:{1}")]
    public async Task A_model_is_an_agent_by_name_or_id(string form)
    {
        await Agent();
        var name = await Agent();
        var id = (await api.Do("GET /api/agents", Cancel)).EnumerateArray().Single(one => one.Text("name") == name).Text("id");

        var answer = await api.Do("POST /v1/chat/completions", Cancel, Body(form.Replace("{0}", name, StringComparison.Ordinal).Replace("{1}", id, StringComparison.Ordinal), "x"));

        Assert.Equal(name, answer.Text("model"));
    }

    [Fact]
    public async Task A_model_that_is_no_agent_is_the_first_agent_unless_it_names_one()
    {
        await Agent();
        var first = (await api.Do("GET /api/agents?limit=1", Cancel))[0].Text("name");

        Assert.Equal(first, (await api.Do("POST /v1/chat/completions", Cancel, Body("gpt-4o", "x"))).Text("model"));
        await new ApiCase("named", "POST /v1/chat/completions", 404,
            """{"error": {"message": "no agent is named 'nobody'", "type": "not_found_error", "param": null, "code": "model_not_found"}}""", Body("librefang:nobody", "x")).Run(api, Cancel);
    }

    [Fact]
    public async Task Models_are_the_agents_under_the_product_of_the_listener()
    {
        var name = await Agent();

        foreach (var (client, product) in new[] { (api, "librefang"), (shared.OpenFang, "openfang"), (shared.AgentOs, "agentos") })
        {
            var listed = (await client.Do("GET /v1/models", Cancel)).GetProperty("data").EnumerateArray().Single(model => model.Text("id") == $"{product}:{name}");
            JsonPattern.Matches($$"""{"id": "{{product}}:{{name}}", "object": "model", "created": "*", "owned_by": "{{product}}"}""", listed);
            await new ApiCase("one", $"GET /v1/models/{product}:{name}", 200, listed.GetRawText()).Run(client, Cancel);
        }
    }

    [Theory]
    [InlineData("{}", "messages is missing")]
    [InlineData("""{"messages": []}""", "messages must be a non-empty array")]
    [InlineData("""{"messages": "hi"}""", "messages must be a non-empty array")]
    [InlineData("""{"messages": [{"role": "user", "content": 7}]}""", "messages[0].content*")]
    [InlineData("""{"messages": [{"role": "robot", "content": "x"}]}""", "messages[0].role 'robot' is not one of *")]
    [InlineData("""{"messages": [{"content": "x"}]}""", "messages[0].role is missing")]
    [InlineData("""{"messages": [{"role": "system", "content": "x"}]}""", "messages must contain a user message")]
    [InlineData("""{"messages": [{"role": "user", "content": "x"}], "temperature": 9}""", "temperature must be a number from 0 to 2")]
    [InlineData("""{"messages": [{"role": "user", "content": "x"}], "stream": "yes"}""", "stream must be true or false")]
    [InlineData("""{"messages": [{"role": "user", "content": "x"}], "tools": [{}]}""", "tools[0].function is missing")]
    [InlineData("[]", "the body must be a JSON object")]
    public async Task A_request_that_is_wrong_is_400_in_openais_shape_and_names_the_field(string body, string error)
    {
        await Agent();

        await new ApiCase("complete", "POST /v1/chat/completions", 400, $$$"""{"error": {"message": "{{{error}}}", "type": "invalid_request_error", "param": null, "code": null}}""", body).Run(api, Cancel);
    }

    [Theory]
    [InlineData("<<fail 400>>", 502, "server_error", "model_failed")]
    [InlineData("<<fail 429 88>>", 503, "server_error", "model_busy")]
    public async Task A_failing_model_is_told_alike_with_and_without_a_stream(string message, int status, string type, string code)
    {
        var name = await Agent();
        var error = $$$"""{"error": {"message": "*", "type": "{{{type}}}", "param": null, "code": "{{{code}}}"}}""";

        var plain = await new ApiCase("plain", "POST /v1/chat/completions", status, error, Body(name, message)).Run(api, Cancel);
        var streamed = await new ApiCase("stream", "POST /v1/chat/completions", status, error, Body(name, message, "\"stream\": true")).Run(api, Cancel);

        Assert.Equal(plain.Headers.GetValueOrDefault("Retry-After"), streamed.Headers.GetValueOrDefault("Retry-After"));
        Assert.Equal(status == 503 ? "88" : null, plain.Headers.GetValueOrDefault("Retry-After"));
    }

    [Fact]
    public async Task A_stream_that_breaks_ends_with_an_error_and_no_done()
    {
        var events = await Stream(Body(await Agent(), "<<say a|b|c>><<cut 1>>", "\"stream\": true"));

        JsonPattern.Matches("""{"error": {"message": "*", "type": "server_error", "param": null, "code": "model_failed"}}""", events[^1].Json);
        Assert.DoesNotContain(events, one => one.Data == "[DONE]");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_leaves_ends_the_call_of_the_model(bool isStream)
    {
        var name = await Agent();
        var message = $"leave v1 {isStream} <<say a|b>><<hang 1>>";
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task left;
        if (isStream)
        {
            var stream = await api.Stream("POST /v1/chat/completions", leaving.Token, Body(name, message, "\"stream\": true"));
            await stream.Next(Cancel);
            await stream.DisposeAsync();
            left = Task.CompletedTask;
        }
        else
        {
            left = Abandoned(Body(name, message), leaving.Token);
        }

        var call = await shared.Model.CallWith(message, Cancel);
        await leaving.CancelAsync();

        await left;
        await call.Aborted.WaitAsync(Cancel);
    }

    [Fact]
    public async Task A_hundred_streams_at_once_all_end_well()
    {
        var name = await Agent();

        var all = await Task.WhenAll(Enumerable.Range(0, 100).Select(index => Stream(Body(name, $"<<say v{index}>>", "\"stream\": true"))));

        for (var index = 0; index < all.Length; index++)
        {
            Assert.Equal("[DONE]", all[index][^1].Data);
            Assert.Equal($"v{index}", all[index][0].Json.GetProperty("choices")[0].GetProperty("delta").Text("content"));
        }
    }

    private static string Body(string model, string message, string? more = null) =>
        $$"""{"model": "{{model}}", "messages": [{"role": "user", "content": {{FakeJson.Quote(message)}}}]{{(more is null ? "" : ", " + more)}}}""";

    private static IEnumerable<string> Conversation(ModelCall call) => call.Transcript.Where(line => !line.StartsWith("system", StringComparison.Ordinal));

    private async Task<string> Agent(string manifest = "")
    {
        var name = shared.NewName();
        await shared.Spawn(manifest, name);
        return name;
    }

    private async Task Abandoned(string body, CancellationToken leaving) =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => api.Send("POST /v1/chat/completions", leaving, body));

    private async Task<IReadOnlyList<SseEvent>> Stream(string body)
    {
        await using var stream = await api.Stream("POST /v1/chat/completions", Cancel, body);
        return await stream.Rest(Cancel);
    }
}

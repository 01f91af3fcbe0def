using System.Buffers;
using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Anthropic;

namespace Fangd.UnitTests.Llm.Anthropic;

public sealed class AnthropicRequestTests
{
    private const string Answer = "data: {\"type\":\"message_start\",\"message\":{}}\n\ndata: {\"type\":\"message_stop\"}\n\n";

    private static readonly LlmTool Read = new("read", "Reads.", """{"type":"object","properties":{"path":{"type":"string"}}}"""u8.ToArray());

    [Fact]
    public void A_plain_request_has_what_the_api_insists_on_and_marks_for_the_cache()
    {
        var request = new LlmRequest { Model = "m", Messages = [LlmMessage.System("be"), LlmMessage.System("nice"), LlmMessage.User("a"), LlmMessage.User("b")], Tools = [Read with { Name = "first" }, Read] };
        Assert.Equal(
            """{"model":"m","stream":true,"max_tokens":4096,"tools":[{"name":"first","description":"Reads.","input_schema":{"type":"object","properties":{"path":{"type":"string"}}}},{"name":"read","description":"Reads.","input_schema":{"type":"object","properties":{"path":{"type":"string"}}},"cache_control":{"type":"ephemeral"}}],"system":[{"type":"text","text":"be"},{"type":"text","text":"nice","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b","cache_control":{"type":"ephemeral"}}]}]}""",
            Body(request));
        Assert.DoesNotContain("cache_control", Body(request, AnthropicDialect.NoCache), StringComparison.Ordinal);
    }

    [Fact]
    public void Results_begin_the_one_message_behind_their_calls()
    {
        var request = new LlmRequest
        {
            Model = "m",
            Messages =
            [
                LlmMessage.User("go"),
                new(LlmRole.Assistant, [new LlmReasoning("why", "sig"), new LlmReasoning("", """{"type":"redacted_thinking","data":"x"}"""), new LlmReasoning("unsigned"), new LlmToolCall("f.r:0", "read", "{\"p\":1}"), new LlmText("I read.")]),
                LlmMessage.ToolResult(new("f.r:0", "read", "text", true)),
                LlmMessage.User("and?"),
                new(LlmRole.User, [new LlmImage("image/png", "AAAA", null), new LlmImage("image/*", null, "https://x/y.png"), new LlmImage("image/*", null, "data:image/gif;base64,BBBB")]),
            ],
            Tools = [Read],
        };
        Assert.EndsWith(
            """{"role":"assistant","content":[{"type":"thinking","thinking":"why","signature":"sig"},{"type":"redacted_thinking","data":"x"},{"type":"text","text":"I read."},{"type":"tool_use","id":"f_2er_3a0","name":"read","input":{"p":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"f_2er_3a0","content":"text","is_error":true},{"type":"text","text":"and?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"image","source":{"type":"url","url":"https://x/y.png"}},{"type":"image","source":{"type":"base64","media_type":"image/gif","data":"BBBB"},"cache_control":{"type":"ephemeral"}}]}]}""",
            Body(request),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tool_choice", "\"auto\"", "\"tool_choice\":{\"type\":\"auto\"}")]
    [InlineData("tool_choice", "\"required\"", "\"tool_choice\":{\"type\":\"any\"}")]
    [InlineData("tool_choice", "\"none\"", "\"tool_choice\":{\"type\":\"none\"}")]
    [InlineData("tool_choice", "{\"type\":\"function\",\"function\":{\"name\":\"read\"}}", "\"tool_choice\":{\"type\":\"tool\",\"name\":\"read\"}")]
    [InlineData("tool_choice", "{\"type\":\"function\",\"function\":{\"name\":\"other\"}}", "\"tool_choice\":{\"type\":\"auto\"}")]
    [InlineData("parallel_tool_calls", "false", "\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true}")]
    [InlineData("stop", "\"END\"", "\"stop_sequences\":[\"END\"]")]
    [InlineData("stop", "[\"a\",\" \",\"b\"]", "\"stop_sequences\":[\"a\",\"b\"]")]
    [InlineData("top_p", "0.5", "\"top_p\":0.5")]
    [InlineData("temperature", "1.7", "\"temperature\":1")]
    [InlineData("max_completion_tokens", "77", "\"max_tokens\":77")]
    [InlineData("user", "\"u1\"", "\"metadata\":{\"user_id\":\"u1\"}")]
    [InlineData("reasoning_effort", "\"low\"", "\"max_tokens\":6144,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}")]
    [InlineData("reasoning_effort", "\"none\"", "\"max_tokens\":4096,\"thinking\":{\"type\":\"disabled\"}")]
    [InlineData("response_format", "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"object\"}}}", "\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"}}}")]
    [InlineData("response_format", "{\"type\":\"json_object\"}", "\"system\":[{\"type\":\"text\",\"text\":\"Answer with one JSON object")]
    public void An_option_is_said_in_the_words_of_the_api(string name, string value, string expected) =>
        Assert.Contains(expected, Body(With((name, value))), StringComparison.Ordinal);

    [Fact]
    public void Options_that_the_api_does_not_know_are_left_out()
    {
        var body = Body(With(("seed", "1"), ("n", "2"), ("logit_bias", "{}"), ("frequency_penalty", "1")));
        Assert.Equal(Body(With()), body);
    }

    [Fact]
    public void Thinking_goes_without_sampling_and_without_a_forced_tool()
    {
        var thinking = Body(With(("reasoning_effort", "\"high\""), ("temperature", "0.5"), ("top_p", "0.5")));
        Assert.DoesNotContain("temperature", thinking, StringComparison.Ordinal);
        Assert.DoesNotContain("top_p", thinking, StringComparison.Ordinal);
        Assert.DoesNotContain("thinking", Body(With(("reasoning_effort", "\"high\""), ("tool_choice", "\"required\""))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sig", true)]
    [InlineData(null, false)]
    public void A_tool_loop_that_began_without_thinking_goes_on_without(string? signature, bool isThinking)
    {
        var request = With(("reasoning_effort", "\"high\"")) with
        {
            Messages = [LlmMessage.User("a"), new(LlmRole.Assistant, [new LlmReasoning("hm", signature), new LlmToolCall("1", "read", "{}")]), LlmMessage.ToolResult(new("1", "read", "r", false))],
        };
        Assert.Equal(isThinking, Body(request).Contains("budget_tokens", StringComparison.Ordinal));
    }

    [Fact]
    public void Former_calls_are_declared_where_no_tools_are_offered()
    {
        var request = new LlmRequest { Model = "m", Messages = [LlmMessage.User("a"), new(LlmRole.Assistant, [new LlmToolCall("1", "read", "{}")]), LlmMessage.ToolResult(new("1", "read", "r", false))] };
        Assert.Contains("\"tools\":[{\"name\":\"read\",", Body(request), StringComparison.Ordinal);
        Assert.Contains("\"tool_choice\":{\"type\":\"none\"}", Body(request), StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_surrogate_pair_does_not_stop_a_request()
    {
        using var body = JsonDocument.Parse(Body(new LlmRequest { Model = "m", Messages = [LlmMessage.User("a\ud83d")] }));
        Assert.Equal("a\uFFFD", body.RootElement.GetProperty("messages")[0].GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("`temperature` is deprecated for this model.", "temperature", true)]
    [InlineData("`temperature` and `top_p` cannot both be specified for this model. Please use only one.", "top_p", true)]
    [InlineData("top_k: Extra inputs are not permitted", "top_k", true)]
    [InlineData("\\\"thinking.type.enabled\\\" is not supported for this model. Use \\\"thinking.type.adaptive\\\" and \\\"output_config.effort\\\"", "budget_tokens", true)]
    [InlineData("this model does not support extended thinking", "\"thinking\":{", true)]
    [InlineData("tools.0.cache_control: Extra inputs are not permitted", "cache_control", true)]
    [InlineData("output_config: Extra inputs are not permitted", "output_config", true)]
    [InlineData("messages.1.content.0: Invalid `signature` in `thinking` block", "\"signature\"", false)]
    public async Task What_a_model_refuses_is_left_out_and_remembered(string refusal, string field, bool isRemembered)
    {
        await using var provider = new StandIn((_, request) => request.Body.Contains(field, StringComparison.Ordinal)
            ? StandIn.Reply.Status(400, """{"type":"error","error":{"type":"invalid_request_error","message":"WORDS"}}""".Replace("WORDS", refusal, StringComparison.Ordinal))
            : StandIn.Reply.Stream(Answer));
        var client = new AnthropicClient(Calls.Http, TimeProvider.System);
        var isThinking = field.Contains("thinking", StringComparison.Ordinal) || field.Contains("budget", StringComparison.Ordinal);
        var request = (isThinking
            ? With(("reasoning_effort", "\"high\""))
            : With(("temperature", "0.5"), ("top_p", "0.5"), ("top_k", "3"), ("response_format", """{"type":"json_schema","json_schema":{"schema":{"type":"object"}}}"""))) with
        {
            Messages = [LlmMessage.User("a"), new(LlmRole.Assistant, [new LlmReasoning("hm", "sig"), new LlmToolCall("1", "read", "{}")]), LlmMessage.ToolResult(new("1", "read", "r", false))],
        };
        for (var i = 0; i < 2; i++) Assert.Equal(["stop EndTurn"], await Calls.Run(client, Calls.Target(provider.Url), request));
        Assert.Equal(isRemembered ? 3 : 4, provider.Requests.Count);
        if (field == "top_p") Assert.Contains("\"temperature\":0.5", provider.Requests.Last().Body, StringComparison.Ordinal);
        if (field == "budget_tokens")
            Assert.Contains("\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":\"high\"}", provider.Requests.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_budget_that_does_not_fit_on_top_is_taken_from_the_answer_for_one_call()
    {
        await using var provider = new StandIn((_, request) => request.Body.Contains("\"max_tokens\":8192,", StringComparison.Ordinal)
            ? StandIn.Reply.Stream(Answer)
            : StandIn.Reply.Status(400, """{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: 24576 > 8192, which is the maximum allowed number of output tokens for m"}}"""));
        var request = With(("reasoning_effort", "\"high\"")) with { MaxTokens = 8192 };
        Assert.Equal(["stop EndTurn"], await Calls.Run(new AnthropicClient(Calls.Http, TimeProvider.System), Calls.Target(provider.Url), request));
        Assert.Contains("\"budget_tokens\":4096}", provider.Requests.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_that_teaches_nothing_is_told_at_once()
    {
        await using var provider = StandIn.Always(StandIn.Reply.Status(400, """{"type":"error","error":{"type":"invalid_request_error","message":"temperature is odd"}}"""));
        var failure = await Assert.ThrowsAsync<LlmException>(() => Calls.Run(new AnthropicClient(Calls.Http, TimeProvider.System), Calls.Target(provider.Url)));
        Assert.Equal(LlmFault.BadRequest, failure.Fault);
        Assert.Equal(2, provider.Requests.Count);
    }

    private static LlmRequest With(params (string Name, string Value)[] options) => new()
    {
        Model = "m",
        Messages = [LlmMessage.User("hi")],
        Tools = [Read],
        Options = [.. options.Select(option => KeyValuePair.Create(option.Name, JsonDocument.Parse(option.Value).RootElement))],
    };

    private static string Body(LlmRequest request, AnthropicDialect dialect = AnthropicDialect.Plain)
    {
        var bytes = new ArrayBufferWriter<byte>();
        AnthropicRequestBody.Write(bytes, request, dialect, []);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}

using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.OpenAi;

namespace Fangd.UnitTests.Llm;

public sealed class OpenAiRequestBodyTests
{
    [Fact]
    public void A_plain_request_is_small_and_streams()
    {
        Assert.Equal("""{"model":"m1","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"grüß 漢 <b>"}]}""",
            Body(Calls.Request("grüß 漢 <b>")));
    }

    [Fact]
    public void Every_kind_of_message_has_its_form()
    {
        var call = new LlmToolCall("c1", "f", "{\"x\":1}", Json("""{"extra_content":{"google":{"s":"=="}},"id":"not again"}"""));
        var request = Calls.Request() with
        {
            Messages =
            [
                LlmMessage.System("be brief"),
                new LlmMessage(LlmRole.User, [new LlmText("see"), new LlmImage("image/png", "AA+/", null, "low"), new LlmImage("", null, "https://x/y.png")]),
                new LlmMessage(LlmRole.Assistant, [new LlmReasoning("secret"), call]),
                new LlmMessage(LlmRole.Tool, [new LlmToolResult("c1", "f", "one", false), new LlmToolResult("c2", "f", "two", true)]),
                new LlmMessage(LlmRole.Assistant, [new LlmText("done"), new LlmToolCall("c3", "g", "{\"cut")]),
            ],
            Tools = [new LlmTool("f", "does f", "{\"type\":\"object\"}"u8.ToArray()), new LlmTool("g", "", default)],
        };
        var root = Json(Body(request));
        string[] messages =
        [
            """{"role":"system","content":"be brief"}""",
            """{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA+/","detail":"low"}},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}""",
            """{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"},"extra_content":{"google":{"s":"=="}}}]}""",
            """{"role":"tool","tool_call_id":"c1","content":"one"}""",
            """{"role":"tool","tool_call_id":"c2","content":"two"}""",
            """{"role":"assistant","content":"done","tool_calls":[{"id":"c3","type":"function","function":{"name":"g","arguments":"{}"}}]}""",
        ];
        Assert.Equal(messages, root.GetProperty("messages").EnumerateArray().Select(m => m.GetRawText()));
        Assert.Equal("""[{"type":"function","function":{"name":"f","description":"does f","parameters":{"type":"object"}}},{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}]""",
            root.GetProperty("tools").GetRawText());
    }

    [Theory]
    [InlineData("""{"top_p":0.5,"stop":["a"],"response_format":{"type":"json_object"}}""", "\"max_tokens\":7,\"temperature\":0.5,\"top_p\":0.5,\"stop\":[\"a\"],\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData("""{"max_completion_tokens":9}""", "\"temperature\":0.5,\"max_completion_tokens\":9")]
    [InlineData("""{"max_tokens":1,"temperature":2,"model":"x","stream":false,"messages":[],"tool_choice":"auto","parallel_tool_calls":true}""", "\"max_tokens\":7,\"temperature\":0.5")]
    public void Options_pass_through_but_never_twice(string options, string expected)
    {
        var request = Calls.Request() with { MaxTokens = 7, Temperature = 0.5, Options = [.. Json(options).EnumerateObject().Select(o => KeyValuePair.Create(o.Name, o.Value))] };
        Assert.Equal($$"""{"model":"m1","stream":true,"stream_options":{"include_usage":true},{{expected}},"messages":[{"role":"user","content":"hi"}]}""", Body(request));
    }

    [Fact]
    public void Half_a_surrogate_pair_does_not_make_a_conversation_unsendable()
    {
        Assert.Equal("cut \uFFFD", Json(Body(Calls.Request("cut \ud83d"))).GetProperty("messages")[0].GetProperty("content").GetString());
    }

    [Fact]
    public void Reasoning_goes_back_only_where_it_is_asked_for()
    {
        var request = Calls.Request() with { Messages = [new LlmMessage(LlmRole.Assistant, [new LlmReasoning("hm"), new LlmText("yes")])] };
        Assert.DoesNotContain("hm", Body(request), StringComparison.Ordinal);
        Assert.Contains("\"reasoning_content\":\"hm\"", Body(request, OpenAiDialect.ReasoningBack), StringComparison.Ordinal);
    }

    private static string Body(LlmRequest request, OpenAiDialect dialect = OpenAiDialect.Plain)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        OpenAiRequestBody.Write(buffer, request, dialect);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}

using System.Buffers;
using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Gemini;

namespace Fangd.UnitTests.Llm.Gemini;

public sealed class GeminiRequestTests
{
    private const string Answer = "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n";

    private static readonly LlmTool Read = new("read", "Reads.", """{"$schema":"x","type":"object","properties":{"path":{"type":["string","null"],"format":"uri"}},"required":["path","gone"],"additionalProperties":false}"""u8.ToArray());

    [Fact]
    public void A_conversation_is_written_in_turns()
    {
        var request = new LlmRequest
        {
            Model = "m",
            Messages =
            [
                LlmMessage.System("be"), LlmMessage.System("nice"), LlmMessage.User("a"), LlmMessage.User("b"),
                new(LlmRole.Assistant, [new LlmReasoning("hm", "sig"), new LlmToolCall("1", "read", "{\"p\":1}", GeminiSignature.Extra("s==")), new LlmToolCall("2", "now", "broken"), new LlmText("I look.")]),
                LlmMessage.ToolResult(new("1", "", "text", false)), LlmMessage.ToolResult(new("2", "now", "no", true)),
                new(LlmRole.User, [new LlmText("and?"), new LlmImage("image/png", "AAAA", null), new LlmImage("image/*", null, "https://x/y.png"), new LlmImage("image/*", null, "data:image/gif;base64,BBBB")]),
            ],
        };
        Assert.Equal(
            """{"systemInstruction":{"parts":[{"text":"be\n\nnice"}]},"generationConfig":{},"contents":[{"role":"user","parts":[{"text":"a"},{"text":"\n\nb"}]},{"role":"model","parts":[{"text":"I look."},{"functionCall":{"id":"1","name":"read","args":{"p":1}},"thoughtSignature":"s=="},{"functionCall":{"id":"2","name":"now","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"1","name":"read","response":{"output":"text"}}},{"functionResponse":{"id":"2","name":"now","response":{"error":"no"}}},{"text":"and?"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}},{"fileData":{"fileUri":"https://x/y.png"}},{"inlineData":{"mimeType":"image/gif","data":"BBBB"}}]}]}""",
            Body(request));
    }

    [Theory]
    [InlineData("tool_choice", "\"auto\"", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"AUTO\"}}")]
    [InlineData("tool_choice", "\"required\"", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\"}}")]
    [InlineData("tool_choice", "\"none\"", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"NONE\"}}")]
    [InlineData("tool_choice", "{\"type\":\"function\",\"function\":{\"name\":\"read\"}}", "\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"ANY\",\"allowedFunctionNames\":[\"read\"]}}")]
    [InlineData("stop", "\"END\"", "\"stopSequences\":[\"END\"]")]
    [InlineData("stop", "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]", "\"stopSequences\":[\"a\",\"b\",\"c\",\"d\",\"e\"]")]
    [InlineData("top_p", "0.5", "\"topP\":0.5")]
    [InlineData("seed", "7", "\"seed\":7")]
    [InlineData("presence_penalty", "1", "\"presencePenalty\":1")]
    [InlineData("max_tokens", "77", "\"maxOutputTokens\":77")]
    [InlineData("temperature", "1.5", "\"temperature\":1.5")]
    [InlineData("reasoning_effort", "\"low\"", "\"thinkingConfig\":{\"includeThoughts\":true,\"thinkingBudget\":1024}")]
    [InlineData("reasoning_effort", "\"none\"", "\"thinkingConfig\":{\"includeThoughts\":false,\"thinkingBudget\":0}")]
    [InlineData("response_format", "{\"type\":\"json_object\"}", "\"responseMimeType\":\"application/json\"}")]
    [InlineData("response_format", "{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"object\"}}}", "\"responseMimeType\":\"application/json\",\"responseJsonSchema\":{\"type\":\"object\"}")]
    public void An_option_is_said_in_the_words_of_the_api(string name, string value, string expected) =>
        Assert.Contains(expected, Body(With((name, value))), StringComparison.Ordinal);

    [Fact]
    public void Options_that_the_api_does_not_know_are_left_out() =>
        Assert.Equal(Body(With()), Body(With(("n", "2"), ("logit_bias", "{}"), ("parallel_tool_calls", "false"), ("user", "\"u\""))));

    [Fact]
    public void A_schema_is_sent_whole_or_cut_down_to_what_the_api_knows()
    {
        Assert.Contains("\"parametersJsonSchema\":{\"$schema\":\"x\",", Body(With()), StringComparison.Ordinal);
        Assert.Contains(
            """{"name":"read","description":"Reads.","parameters":{"type":"object","properties":{"path":{"type":"string","nullable":true}},"required":["path"]}}""",
            Body(With(), GeminiDialect.OwnSchemas), StringComparison.Ordinal);
        Assert.Contains("""[{"name":"now","description":"Now."}]""",
            Body(With() with { Tools = [new("now", "Now.", """{"type":"object","properties":{}}"""u8.ToArray())] }, GeminiDialect.OwnSchemas), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"type":"integer","format":"int32","exclusiveMinimum":1}}}""", """{"format":"int32","type":"integer"}""")]
    [InlineData("""{"oneOf":[{"type":"null"},{"const":"x"},{"type":"array"}]}""", """{"anyOf":[{"type":"string","enum":["x"]},{"type":"array","items":{"type":"string"}}]}""")]
    [InlineData("""{"allOf":[{"properties":{"n":{"enum":[1,2],"type":"integer"}}}]}""", """{"type":"object","properties":{"n":{"type":"integer"}}}""")]
    [InlineData("""{"type":"string","enum":["a","b"],"minLength":1,"examples":[1]}""", """{"minLength":1,"type":"string","enum":["a","b"]}""")]
    [InlineData("true", """{"type":"string"}""")]
    public void A_schema_is_cut_down_without_becoming_stricter(string schema, string expected)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes)) GeminiSchema.Write(json, JsonDocument.Parse(schema).RootElement);
        Assert.Equal(expected, Encoding.UTF8.GetString(bytes.WrittenSpan));
    }

    [Fact]
    public void A_schema_that_contains_itself_has_an_end()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            GeminiSchema.Write(json, JsonDocument.Parse("""
                {"type":"object","properties":{"a":{"$ref":"#"},"b":{"$ref":"#"},"c":{"items":{"$ref":"#"}},"loop":{"$ref":"#/properties/loop"}}}
                """).RootElement);
        }

        using var written = JsonDocument.Parse(bytes.WrittenMemory);
        Assert.Equal("object", written.RootElement.GetProperty("properties").GetProperty("a").GetProperty("properties").GetProperty("b").GetProperty("type").GetString());
        Assert.InRange(bytes.WrittenCount, 1000, 1_000_000);
    }

    [Theory]
    [InlineData("Invalid JSON payload received. Unknown name \\\"parametersJsonSchema\\\" at 'tools[0].function_declarations[0]': Cannot find field.", "parametersJsonSchema", "\"parameters\":")]
    [InlineData("Invalid JSON payload received. Unknown name \\\"id\\\" at 'contents[1].parts[0].function_call': Cannot find field.", "\"id\":", "functionCall")]
    [InlineData("Function calling with a response mime type: 'application/json' is unsupported", "responseMimeType", "Answer with one JSON object")]
    [InlineData("JSON mode is not enabled for models/gemma-3-4b-it", "responseMimeType", "Answer with one JSON object")]
    [InlineData("Developer instruction is not enabled for models/gemma-3-4b-it", "systemInstruction", "{\"text\":\"be nice\\n\\n\"}")]
    [InlineData("Function calling is not enabled for models/gemma-3-4b-it", "functionDeclarations", "contents")]
    [InlineData("Penalty is not enabled for this model", "presencePenalty", "contents")]
    [InlineData("Unable to submit request because thinking budget is not supported. Use thinking_level.", "thinkingBudget", "\"thinkingLevel\":\"high\"")]
    [InlineData("Unable to submit request because Thinking is not enabled for this model.", "thinkingConfig", "contents")]
    public async Task What_a_model_refuses_is_said_otherwise_and_remembered(string refusal, string field, string instead)
    {
        await using var provider = new StandIn((_, request) => request.Body.Contains(field, StringComparison.Ordinal)
            ? StandIn.Reply.Status(400, """{"error":{"code":400,"message":"WORDS","status":"INVALID_ARGUMENT"}}""".Replace("WORDS", refusal, StringComparison.Ordinal))
            : StandIn.Reply.Stream(Answer));
        var client = new GeminiClient(Calls.Http, TimeProvider.System);
        var request = With(("presence_penalty", "1"), ("reasoning_effort", "\"high\""), ("response_format", """{"type":"json_object"}""")) with
        {
            Messages = [LlmMessage.System("be nice"), .. Loop(null)],
        };
        for (var i = 0; i < 2; i++) Assert.Equal(["stop EndTurn"], await Calls.Run(client, Calls.Target(provider.Url), request));
        Assert.Equal(3, provider.Requests.Count);
        Assert.Contains(instead, provider.Requests.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_of_other_models_are_marked_where_signatures_are_asked_for()
    {
        await using var provider = new StandIn((_, request) => request.Body.Contains("thoughtSignature", StringComparison.Ordinal)
            ? StandIn.Reply.Stream(Answer)
            : StandIn.Reply.Status(400, """{"error":{"code":400,"message":"Function call is missing a thought_signature in functionCall parts.","status":"INVALID_ARGUMENT"}}"""));
        var client = new GeminiClient(Calls.Http, TimeProvider.System);
        for (var i = 0; i < 2; i++) await Calls.Run(client, Calls.Target(provider.Url), With() with { Messages = Loop(null) });
        Assert.Equal(3, provider.Requests.Count);
        Assert.Contains("\"thoughtSignature\":\"skip_thought_signature_validator\"", provider.Requests.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signatures_from_elsewhere_are_replaced_for_one_call_only()
    {
        await using var provider = new StandIn((_, request) => request.Body.Contains("foreign", StringComparison.Ordinal)
            ? StandIn.Reply.Status(400, """{"error":{"code":400,"message":"Corrupted thought signature.","status":"INVALID_ARGUMENT"}}""")
            : StandIn.Reply.Stream(Answer));
        var client = new GeminiClient(Calls.Http, TimeProvider.System);
        await Calls.Run(client, Calls.Target(provider.Url), With() with { Messages = Loop("foreign") });
        await Calls.Run(client, Calls.Target(provider.Url), With() with { Messages = Loop("own") });
        Assert.Equal(3, provider.Requests.Count);
        Assert.Contains("\"thoughtSignature\":\"own\"", provider.Requests.Last().Body, StringComparison.Ordinal);
    }

    private static LlmMessage[] Loop(string? signature) =>
    [
        LlmMessage.User("a"),
        new(LlmRole.Assistant, [new LlmToolCall("1", "read", "{}", signature is null ? null : GeminiSignature.Extra(signature))]),
        LlmMessage.ToolResult(new("1", "read", "r", false)),
    ];

    private static LlmRequest With(params (string Name, string Value)[] options) => new()
    {
        Model = "m",
        Messages = [LlmMessage.User("hi")],
        Tools = [Read],
        Options = [.. options.Select(option => KeyValuePair.Create(option.Name, JsonDocument.Parse(option.Value).RootElement))],
    };

    private static string Body(LlmRequest request, GeminiDialect dialect = GeminiDialect.Plain)
    {
        var bytes = new ArrayBufferWriter<byte>();
        GeminiRequestBody.Write(bytes, request, dialect);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}

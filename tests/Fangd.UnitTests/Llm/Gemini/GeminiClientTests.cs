using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Gemini;

namespace Fangd.UnitTests.Llm.Gemini;

public sealed class GeminiClientTests
{
    private static readonly string ToolStream = Calls.Events(
        """{"candidates":[{"content":{"parts":[{"text":"**Plan** s\u00fc","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":40,"totalTokenCount":40},"modelVersion":"gemini-3","responseId":"r"}""",
        """{"candidates":[{"content":{"parts":[{"text":"Okay \ud83d"}],"role":"model"},"index":0}]}""",
        """{"candidates":[{"content":{"parts":[{"text":"\ude00"}],"role":"model"},"index":0}]}""",
        """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"weather","args":{"city":"São Paulo"}, "id":"fc1"},"thoughtSignature":"Eq+/QBCg=="},{"functionCall":{"name":"now","args":{}}}],"role":"model"},"index":0}]}""",
        """{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"zzz"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":40,"cachedContentTokenCount":30,"candidatesTokenCount":12,"thoughtsTokenCount":8,"totalTokenCount":60}}""");

    private static readonly string[] ToolLines =
    [
        "think **Plan** sü", "text Okay ", "text \U0001F600",
        """call fc1 weather {"city":"São Paulo"} {"extra_content":{"google":{"thought_signature":"Eq\u002B/QBCg=="}}}""",
        "call NEW now {}", "usage 40/20 cached 30 reasoning 8", "stop ToolCalls",
    ];

    [Fact]
    public async Task A_stream_is_read_the_same_at_every_split()
    {
        var body = Encoding.UTF8.GetBytes(ToolStream);
        await using var provider = new StandIn((call, _) => StandIn.Reply.Split(body, call - 1));
        for (var at = 0; at <= body.Length; at++) Assert.Equal(ToolLines, WithoutNewIds(await Run(provider)));
        await using var bytewise = StandIn.Always(StandIn.Reply.Stream(ToolStream, 1));
        Assert.Equal(ToolLines, WithoutNewIds(await Run(bytewise)));
    }

    [Fact]
    public async Task The_array_of_an_unasked_stream_is_the_same_answer()
    {
        var array = "[" + string.Join(",\r\n", ToolStream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line["data: ".Length..])) + "]";
        await using var provider = StandIn.Always(StandIn.Reply.Stream(array, 7, type: "application/json"));
        Assert.Equal(ToolLines, WithoutNewIds(await Run(provider)));
    }

    [Fact]
    public async Task A_stream_cut_anywhere_is_no_answer()
    {
        var body = Encoding.UTF8.GetBytes(ToolStream);
        var client = Client();
        await using var provider = new StandIn((call, _) => StandIn.Reply.Stream(Encoding.UTF8.GetString(body.AsSpan(0, call))));
        for (var at = 1; at < body.Length - 2; at++)
        {
            var failure = await Assert.ThrowsAsync<LlmException>(() => Calls.Run(client, Calls.Target(provider.Url)));
            Assert.True(failure.Fault is LlmFault.Interrupted or LlmFault.Garbage, $"{at}: {failure.Message}");
            if (at > 260) Assert.Equal(LlmFault.Interrupted, failure.Fault);
        }
    }

    [Theory]
    [InlineData("STOP", LlmStop.EndTurn)]
    [InlineData("MAX_TOKENS", LlmStop.MaxTokens)]
    [InlineData("SAFETY", LlmStop.ContentFilter)]
    [InlineData("RECITATION", LlmStop.ContentFilter)]
    [InlineData("PROHIBITED_CONTENT", LlmStop.ContentFilter)]
    [InlineData("OF_THE_FUTURE", LlmStop.EndTurn)]
    public async Task A_finish_reason_says_why(string reason, LlmStop stop)
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream(Text("hi", reason)));
        Assert.Equal(["text hi", $"stop {stop}"], await Run(provider));
    }

    [Fact]
    public async Task A_blocked_prompt_is_withheld()
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream(Calls.Events("""{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":4}}""")));
        Assert.Equal(["usage 4/0 cached 0 reasoning 0", "stop ContentFilter"], await Run(provider));
    }

    [Theory]
    [InlineData("MALFORMED_FUNCTION_CALL")]
    [InlineData("UNEXPECTED_TOOL_CALL")]
    public async Task A_model_that_breaks_off_may_be_asked_again(string reason)
    {
        var (lines, failure) = await Calls.Fails(Client(), StandIn.Reply.Stream(Text("hi", reason)));
        Assert.Equal(["text hi"], lines);
        Assert.True(failure.IsTransient);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "m1", "/v1beta/models/m1:streamGenerateContent?alt=sse")]
    [InlineData("/", "m1", "/v1beta/models/m1:streamGenerateContent?alt=sse")]
    [InlineData("/v1", "models/m1", "/v1/models/m1:streamGenerateContent?alt=sse")]
    [InlineData("/v1beta/models", "tunedModels/x", "/v1beta/tunedModels/x:streamGenerateContent?alt=sse")]
    [InlineData("/v1beta?a=b", "m1", "/v1beta/models/m1:streamGenerateContent?alt=sse&a=b")]
    public async Task The_request_goes_to_its_endpoint_with_the_key_in_a_header(string suffix, string model, string path)
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream(Text("x", "STOP")));
        await Calls.Run(Client(), Calls.Target(provider.Url + suffix, "AIza1"), Calls.Request() with { Model = model });
        var request = provider.Requests.Single();
        Assert.Equal(path, request.Path);
        Assert.Contains("x-goog-api-key: AIza1", request.Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, "INVALID_ARGUMENT", "Please ensure that the number of parts is equal.", LlmFault.BadRequest)]
    [InlineData(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", LlmFault.Auth)]
    [InlineData(400, "INVALID_ARGUMENT", "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).", LlmFault.ContextOverflow)]
    [InlineData(400, "FAILED_PRECONDITION", "User location is not supported for the API use.", LlmFault.BadRequest)]
    [InlineData(401, "UNAUTHENTICATED", "Request had invalid credentials.", LlmFault.Auth)]
    [InlineData(403, "PERMISSION_DENIED", "The caller does not have permission", LlmFault.Auth)]
    [InlineData(404, "NOT_FOUND", "models/x is not found for API version v1beta", LlmFault.ModelNotFound)]
    [InlineData(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details.", LlmFault.RateLimit)]
    [InlineData(500, "INTERNAL", "An internal error has occurred.", LlmFault.Overloaded)]
    [InlineData(503, "UNAVAILABLE", "The model is overloaded. Please try again later.", LlmFault.Overloaded)]
    [InlineData(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.", LlmFault.Timeout)]
    public async Task An_error_means_the_same_as_a_status_and_in_the_stream(int status, string code, string message, LlmFault fault)
    {
        var body = Error(status, code, message);
        Assert.Equal(fault, (await Calls.Fails(Client(), StandIn.Reply.Status(status, body))).Failure.Fault);
        Assert.Equal(fault, (await Calls.Fails(Client(), StandIn.Reply.Status(status, $"[{body}]"))).Failure.Fault);
        var (lines, broken) = await Calls.Fails(Client(), StandIn.Reply.Stream(Text("hi", null) + Calls.Events(body), 1));
        Assert.Equal(["text hi"], lines);
        Assert.Equal(fault, broken.Fault);
    }

    [Fact]
    public async Task The_wait_that_is_asked_for_is_in_a_header_or_in_the_details()
    {
        var (_, inDetails) = await Calls.Fails(Client(), StandIn.Reply.Status(
            429, """{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.Help"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"17.5s"}]}}"""));
        Assert.Equal(LlmFault.RateLimit, inDetails.Fault);
        Assert.Equal(TimeSpan.FromSeconds(17.5), inDetails.RetryAfter);

        var (_, asDate) = await Calls.Fails(Client(), StandIn.Reply.Status(429, "{}", $"Retry-After: {DateTimeOffset.Now.AddSeconds(600):R}\r\n"));
        Assert.InRange(asDate.RetryAfter!.Value.TotalSeconds, 300, 600);
    }

    [Theory]
    [InlineData("<html>", LlmFault.Garbage)]
    [InlineData("", LlmFault.Garbage)]
    [InlineData("data: {\"candidates\":[{]}\n\n", LlmFault.Garbage)]
    [InlineData("{\"models\":[]}", LlmFault.Garbage)]
    [InlineData("[]", LlmFault.Garbage)]
    [InlineData("data: {\"candidates\":[{\"content\":{}}]}\n\n", LlmFault.Interrupted)]
    public async Task What_is_no_answer_is_a_failure(string body, LlmFault fault)
    {
        foreach (var size in (int[])[0, 1]) Assert.Equal(fault, (await Calls.Fails(Client(), StandIn.Reply.Stream(body, size))).Failure.Fault);
    }

    [Fact]
    public async Task A_signature_goes_back_beside_its_call()
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream(ToolStream));
        var client = Client();
        var calls = new List<LlmPart>();
        await foreach (var e in client.Stream(Calls.Request(), Calls.Target(provider.Url), CancellationToken.None))
        {
            if (e.Call is { } call) calls.Add(call);
        }

        var request = Calls.Request() with
        {
            Messages =
            [
                LlmMessage.User("hi"), new(LlmRole.Assistant, calls),
                .. calls.Cast<LlmToolCall>().Select(call => LlmMessage.ToolResult(new(call.Id, "", "sunny", false))),
            ],
        };
        await Calls.Run(client, Calls.Target(provider.Url), request);
        var parts = JsonDocument.Parse(provider.Requests.Last().Body).RootElement.GetProperty("contents")[1].GetProperty("parts");
        Assert.Equal("Eq+/QBCg==", parts[0].GetProperty("thoughtSignature").GetString());
        Assert.False(parts[1].TryGetProperty("thoughtSignature", out _));
        Assert.Equal("São Paulo", parts[0].GetProperty("functionCall").GetProperty("args").GetProperty("city").GetString());
    }

    private static GeminiClient Client() => new(Calls.Http, TimeProvider.System);

    private static Task<List<string>> Run(StandIn provider) => Calls.Run(Client(), Calls.Target(provider.Url, "k1"));

    // Ids that the client gave, since the model gave none.
    private static IEnumerable<string> WithoutNewIds(List<string> lines) =>
        lines.Select(line => line.StartsWith("call call_", StringComparison.Ordinal) ? "call NEW " + line.Split(' ', 3)[2] : line);

    private static string Text(string text, string? reason) => Calls.Events(
        """{"candidates":[{"content":{"parts":[{"text":"TEXT"}],"role":"model"}REASON}]}"""
            .Replace("TEXT", text, StringComparison.Ordinal)
            .Replace("REASON", reason is null ? "" : $",\"finishReason\":\"{reason}\"", StringComparison.Ordinal));

    private static string Error(int status, string code, string message) =>
        """{"error":{"code":CODE,"message":"WORDS","status":"STATUS"}}"""
            .Replace("CODE", status.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("WORDS", message, StringComparison.Ordinal)
            .Replace("STATUS", code, StringComparison.Ordinal);
}

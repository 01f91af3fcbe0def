using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.OpenAi;

namespace Fangd.UnitTests.Llm;

public sealed class OpenAiErrorTests
{
    [Theory]
    [InlineData(429, """{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}""", LlmFault.RateLimit)]
    [InlineData(429, """{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota"}}""", LlmFault.Billing)]
    [InlineData(429, """[{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED"}}]""", LlmFault.RateLimit)]
    [InlineData(429, """{"error":{"message":"engine is overloaded","type":"engine_overloaded_error"}}""", LlmFault.Overloaded)]
    [InlineData(413, """{"error":{"message":"Request too large for model: tokens per minute (TPM)","code":"rate_limit_exceeded"}}""", LlmFault.RateLimit)]
    [InlineData(413, "", LlmFault.ContextOverflow)]
    [InlineData(529, "", LlmFault.Overloaded)]
    [InlineData(503, """{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}""", LlmFault.Overloaded)]
    [InlineData(500, "oops", LlmFault.Overloaded)]
    [InlineData(504, "", LlmFault.Timeout)]
    [InlineData(401, """{"error":{"message":"bad key"}}""", LlmFault.Auth)]
    [InlineData(400, """[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]""", LlmFault.Auth)]
    [InlineData(403, """{"error":"forbidden"}""", LlmFault.Auth)]
    [InlineData(403, """{"error":{"message":"Your quota is used up"}}""", LlmFault.Billing)]
    [InlineData(403, """{"error":{"message":"Project has no access to model gpt-9"}}""", LlmFault.ModelNotFound)]
    [InlineData(402, """{"error":{"message":"Insufficient credits"}}""", LlmFault.Billing)]
    [InlineData(404, """{"error":{"message":"model \"x\" not found, try pulling it first","type":"not_found_error"}}""", LlmFault.ModelNotFound)]
    [InlineData(404, "404 page not found", LlmFault.BadRequest)]
    [InlineData(400, """{"object":"error","message":"Invalid model: x","type":"invalid_model","code":"1500"}""", LlmFault.ModelNotFound)]
    [InlineData(400, """{"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}}""", LlmFault.ContextOverflow)]
    [InlineData(400, """{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}""", LlmFault.ContextOverflow)]
    [InlineData(422, """{"detail":[{"loc":["body"],"msg":"field required"}]}""", LlmFault.BadRequest)]
    [InlineData(400, """{"message":"nonsense"}""", LlmFault.BadRequest)]
    [InlineData(301, "", LlmFault.BadRequest)]
    public async Task A_refusal_is_told_by_status_and_words(int status, string body, LlmFault fault)
    {
        var failure = await Calls.Fails(StandIn.Reply.Status(status, body));
        Assert.Equal(fault, failure.Fault);
        Assert.Contains("acme", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"HTTP {status}", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data: {\"error\":{\"message\":\"slow down\",\"code\":429}}\n\n", LlmFault.RateLimit)]
    [InlineData("data: {\"error\":{\"message\":\"boom\",\"type\":\"server_error\"}}\n\n", LlmFault.Overloaded)]
    [InlineData("event: error\ndata: {\"message\":\"prompt is too long\"}\n\n", LlmFault.ContextOverflow)]
    [InlineData("data: {\"object\":\"error\",\"message\":\"bad\",\"code\":400}\n\n", LlmFault.BadRequest)]
    [InlineData("{\"error\":{\"message\":\"no such model\"}}", LlmFault.ModelNotFound)]
    [InlineData("[{\"error\":{\"message\":\"x\",\"code\":401}}]", LlmFault.Auth)]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":}}\n\n", LlmFault.Garbage)]
    [InlineData("data: oops\n\n", LlmFault.Garbage)]
    [InlineData("upstream connect error", LlmFault.Garbage)]
    [InlineData("{\"status\":\"fine\"}", LlmFault.Garbage)]
    [InlineData("", LlmFault.Garbage)]
    [InlineData(": only a comment\n\n", LlmFault.Garbage)]
    public async Task An_error_inside_a_good_status_is_an_error(string body, LlmFault fault)
    {
        foreach (var size in (int[])[0, 1]) Assert.Equal(fault, (await Calls.Fails(StandIn.Reply.Stream(body, size))).Fault);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(502)]
    [InlineData(404)]
    public async Task A_web_page_is_never_quoted(int status)
    {
        var failure = await Calls.Fails(StandIn.Reply.Status(status, "\n<!DOCTYPE html><html><title>nginx</title></html>", type: "text/html"));
        Assert.DoesNotContain("<", failure.Message, StringComparison.Ordinal);
        if (status == 200) Assert.Equal(LlmFault.Garbage, failure.Fault);
    }

    [Fact]
    public async Task A_message_holds_no_key_and_no_more_than_a_quote()
    {
        var failure = await Calls.Fails(StandIn.Reply.Status(400, "{\"error\":{\"message\":\"key sk-secret1 is\\r\\nwrong " + string.Concat(Enumerable.Repeat("\U0001F600", 500)) + "\"}}"), key: "sk-secret1");
        Assert.Contains("key *** is wrong \U0001F600", failure.Message, StringComparison.Ordinal);
        Assert.InRange(failure.Message.Length, 300, 380);
        Assert.EndsWith("\U0001F600…", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_error_body_is_cut()
    {
        await using var provider = StandIn.Always(new StandIn.Reply(["HTTP/1.1 400 X\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"u8.ToArray(), .. Enumerable.Repeat(new byte[65536], 4)], Hangs: true));
        var failure = await Assert.ThrowsAsync<LlmException>(() => Calls.Run(provider));
        Assert.Equal(LlmFault.BadRequest, failure.Fault);
        await provider.HungUp.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("Retry-After: 7\r\n", 7.0)]
    [InlineData("Retry-After: 1.5\r\n", 1.5)]
    [InlineData("retry-after-ms: 250\r\nRetry-After: 9\r\n", 0.25)]
    [InlineData("Retry-After: Thu, 01 Jan 2026 00:00:30 GMT\r\n", 30.0)]
    [InlineData("Retry-After: Thu, 01 Jan 2015 00:00:30 GMT\r\n", 0.0)]
    [InlineData("Retry-After: soon\r\n", null)]
    [InlineData("", null)]
    public async Task The_wait_that_is_asked_for_is_read(string headers, double? seconds)
    {
        await using var provider = StandIn.Always(StandIn.Reply.Status(429, "{}", headers));
        var client = new OpenAiChatClient(Calls.Http, new FixedTime(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        var failure = await Assert.ThrowsAsync<LlmException>(() => Calls.Run(client, Calls.Target(provider.Url)));
        Assert.Equal(seconds, failure.RetryAfter?.TotalSeconds);
    }

    [Fact]
    public async Task A_key_that_no_header_can_hold_is_refused_without_a_call()
    {
        await using var provider = StandIn.Always(StandIn.Reply.Stream(""));
        var failure = await Assert.ThrowsAsync<LlmException>(() => Calls.Run(provider, key: "sk\r\nX: y"));
        Assert.Equal(LlmFault.Auth, failure.Fault);
        Assert.Empty(provider.Requests);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}

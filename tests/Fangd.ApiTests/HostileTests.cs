using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Requests that no honest client sends: each is refused as the caller's fault, and the daemon stays well.</summary>
public sealed class HostileTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Places of a string in a body; <c>@</c> is where it goes, quotes included.</summary>
    public static TheoryData<string, string> Strings => new()
    {
        { "POST /api/agents", """{"manifest_toml": @}""" },
        { "POST /api/agents", """{"template": @}""" },
        { "POST /api/agents", """{"name": @}""" },
        { "POST /api/agents", """{"name": "x", "systemPrompt": @}""" },
        { "PATCH /api/agents/{id}", """{"description": @}""" },
        { "PATCH /api/agents/{id}", """{"identity": {"vibe": @}}""" },
        { "PUT /api/agents/{id}/update", """{"tags": [@]}""" },
        { "PUT /api/agents/{id}/mode", """{"mode": @}""" },
        { "PUT /api/agents/{id}/model", """{"model": @}""" },
        { "POST /api/agents/{id}/clone", """{"new_name": @}""" },
        { "POST /api/agents/{id}/clone", """{"overrides": {"description": @}}""" },
        { "POST /api/agents/{id}/message", """{"message": @}""" },
        { "POST /api/agents/{id}/message", """{"message": "x", "session_id": @}""" },
        { "POST /api/agents/{id}/message/stream", """{"message": @}""" },
        { "POST /api/agents/{id}/sessions", """{"label": @}""" },
        { "PUT /api/sessions/{sid}/label", """{"label": @}""" },
        { "PUT /api/memory/agents/{id}/kv/k", """{"value": @}""" },
        { "POST /api/providers/openai/key", """{"api_key": @}""" },
        { "PUT /api/providers/openai/url", """{"base_url": @}""" },
        { "POST /v1/chat/completions", """{"model": @, "messages": [{"role": "user", "content": "x"}]}""" },
        { "POST /v1/chat/completions", """{"messages": [{"role": "user", "content": @}]}""" },
        { "POST /v1/chat/completions", """{"messages": [{"role": @, "content": "x"}]}""" },
        { "POST /v1/chat/completions", """{"messages": [{"role": "user", "content": [{"type": "text", "text": @}]}]}""" },
        { "POST /v1/chat/completions", """{"messages": [{"role": "user", "content": "x"}], "stop": [@]}""" },
        { "POST /v1/chat/completions", """{"messages": [{"role": "user", "content": "x"}], "user": @}""" },
        { "POST /v1/chat/completions", """{"messages": [{"role": "user", "content": "x"}], "tools": [{"type": "function", "function": {"name": "f", "parameters": {"a": @}}}]}""" },
    };

    [Theory]
    [MemberData(nameof(Strings))]
    public async Task Half_a_character_is_refused(string request, string body)
    {
        await Refused(request, Encoding.ASCII.GetBytes(body.Replace("@", "\"half \\ud83e of it\"", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Strings))]
    public async Task Bytes_that_are_not_utf8_are_refused(string request, string body)
    {
        await Refused(request, Encoding.Latin1.GetBytes(body.Replace("@", "\"caf\u00e9\"", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Strings))]
    public async Task Json_that_nests_without_end_is_refused(string request, string body)
    {
        await Refused(request, Encoding.ASCII.GetBytes(body.Replace("@", new string('[', 5000) + new string(']', 5000), StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_name_of_half_a_character_is_refused() =>
        await Refused("PUT /api/memory/agents/{id}/kv/k", """{"value": {"\udc00": 1}}"""u8.ToArray());

    [Fact]
    public async Task A_whole_character_in_escapes_is_text()
    {
        var agent = await shared.Spawn();

        var answer = await shared.Api.Do($"POST /api/agents/{agent}/message", Cancel, """{"message": "\ud83e\udd8a \\ud83e \u00e4"}""");

        Assert.Equal("echo: 🦊 \\ud83e ä", answer.Text("response"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_body_that_grows_past_the_limit_without_saying_so_is_413()
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(shared.Daemon.Address, "/api/agents"))
        {
            Content = new StreamContent(new MemoryStream(new byte[(2 * 1024 * 1024) + 1])),
        };
        message.Headers.TransferEncodingChunked = true;
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Daemons.Key);

        using var answer = await http.SendAsync(message, Cancel);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Head_of_a_stream_ends_and_leaves_its_connection_usable()
    {
        await new ApiCase("head", "HEAD /api/logs/stream", 200).Run(shared.Api, Cancel);

        await new ApiCase("next", "GET /api/version", 200).Run(shared.Api, Cancel);
    }

    private async Task Refused(string request, byte[] body)
    {
        var agent = await shared.Spawn();
        var session = (await shared.Api.Do($"GET /api/agents/{agent}", Cancel)).Text("session_id");
        var words = request.Replace("{id}", agent, StringComparison.Ordinal).Replace("{sid}", session, StringComparison.Ordinal).Split(' ');
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var message = new HttpRequestMessage(new HttpMethod(words[0]), new Uri(shared.Daemon.Address, words[1])) { Content = new ByteArrayContent(body) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Daemons.Key);

        using var answer = await http.SendAsync(message, Cancel);

        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{request} answered {(int)answer.StatusCode}: {text}");
        Assert.Equal(0, (await shared.Api.Do("GET /api/health", Cancel)).Number("panic_count"));
    }
}

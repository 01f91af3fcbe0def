using System.Net.WebSockets;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>The chat over a WebSocket: its frames, its commands and its doors.</summary>
public sealed class SocketTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_becomes_thinking_text_and_a_response()
    {
        var agent = await shared.Spawn();
        await using var socket = await Open(agent);

        await socket.Send("""{"type": "message", "content": "<<say Hel|lo.>><<usage 3 2>>"}""", Cancel);
        var frames = await socket.Until("response", Cancel);

        Assert.Equal(["thinking", "text_delta", "text_delta", "response"], Kinds(frames));
        JsonPattern.Matches("""
            {"type": "response", "content": "Hello.", "input_tokens": 3, "output_tokens": 2, "iterations": 1, "cost_usd": 0, "model": "fake-model", "session_id": "*"}
            """, frames[^1]);
    }

    [Fact]
    public async Task A_plain_text_is_a_message_too()
    {
        await using var socket = await Open(await shared.Spawn());

        await socket.Send("just words", Cancel);

        Assert.Equal("echo: just words", (await socket.Until("response", Cancel))[^1].Text("content"));
    }

    [Fact]
    public async Task A_tool_shows_when_it_starts_and_ends()
    {
        await using var socket = await Open(await shared.Spawn("[capabilities]\ntools = [\"file_write\"]"));

        await socket.Send(Requests.Message("""<<call file_write {"path": "w.txt", "content": "x"}>>"""), Cancel);
        var frames = await socket.Until("response", Cancel);

        JsonPattern.Matches("""{"type": "tool_start", "tool": "file_write", "input": {"path": "w.txt", "content": "x"}}""", frames.Single(frame => frame.Text("type") == "tool_start"));
        JsonPattern.Matches("""{"type": "tool_end", "tool": "file_write", "result": "*", "is_error": false}""", frames.Single(frame => frame.Text("type") == "tool_end"));
    }

    [Fact]
    public async Task Ping_silence_and_failures_have_frames_of_their_own()
    {
        await using var socket = await Open(await shared.Spawn());

        await socket.Send("""{"type": "ping"}""", Cancel);
        await socket.Until("pong", Cancel);
        await socket.Send("<<say NO_REPLY>>", Cancel);
        await socket.Until("silent_complete", Cancel);
        await socket.Send("<<fail 400>>", Cancel);
        Assert.Equal("model_failed", (await socket.Until("error", Cancel))[^1].Text("code"));
        await socket.Send("{broken", Cancel);
        Assert.Contains("not valid JSON", (await socket.Until("error", Cancel))[^1].Text("content"), StringComparison.Ordinal);
        await socket.Send("{}", Cancel);
        Assert.Equal("message is missing or empty", (await socket.Until("error", Cancel))[^1].Text("content"));
        await socket.Send("still open", Cancel);
        await socket.Until("response", Cancel);
    }

    [Theory]
    [InlineData("/help", "/help  *")]
    [InlineData("/model", "model openai/fake-model")]
    [InlineData("/model other-model", "model openai/other-model")]
    [InlineData("/usage", "0 input and 0 output tokens in 0 runs, 0 USD")]
    [InlineData("/stop", "No active run")]
    [InlineData("/compact", "Nothing to compact: *")]
    [InlineData("/new", "New session *")]
    [InlineData("/reset", "Session cleared")]
    [InlineData("/think on", "Thinking is on")]
    [InlineData("/think maybe", "Say /think on, /think off or /think stream")]
    [InlineData("/nothing", "Unknown command /nothing; /help lists the commands")]
    public async Task A_command_acts_and_never_reaches_the_model(string line, string answer)
    {
        await using var socket = await Open(await shared.Spawn());

        await socket.Send($$"""{"type": "message", "content": "{{line}}"}""", Cancel);
        var typed = (await socket.Until("command_result", Cancel))[^1];
        await socket.Send($$"""{"type": "command", "command": "{{line[1..].Split(' ')[0]}}", "args": "{{line.Split(' ').ElementAtOrDefault(1)}}"}""", Cancel);
        var sent = (await socket.Until("command_result", Cancel))[^1];

        JsonPattern.Matches($$"""{"type": "command_result", "command": "{{line.Split(' ')[0]}}", "content": {{FakeJson.Quote(answer)}}}""", typed);
        JsonPattern.Matches($$"""{"type": "command_result", "command": "{{line.Split(' ')[0]}}", "content": {{FakeJson.Quote(answer)}}}""", sent);
        Assert.DoesNotContain(shared.Model.Calls, call => call.LastUserText.StartsWith(line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_command_of_the_list_is_known()
    {
        await using var socket = await Open(await shared.Spawn());

        foreach (var command in (await shared.Api.Do("GET /api/commands", Cancel)).GetProperty("commands").EnumerateArray())
        {
            await socket.Send(command.Text("cmd"), Cancel);
            Assert.DoesNotContain("Unknown", (await socket.Until("command_result", Cancel))[^1].Text("content"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Thinking_is_shown_when_asked_for()
    {
        await using var socket = await Open(await shared.Spawn());
        await socket.Send("/think stream", Cancel);
        await socket.Until("command_result", Cancel);

        await socket.Send("<<think Let me see.>><<say done>>", Cancel);

        Assert.Contains(await socket.Until("response", Cancel), frame => frame.Text("type") == "thinking_delta" && frame.Text("content") == "Let me see.");
    }

    [Fact]
    public async Task A_run_goes_on_when_its_socket_closes()
    {
        var agent = await shared.Spawn();
        var gate = shared.Model.Gate("socket left");
        var socket = await Open(agent);
        await socket.Send("<<gate socket left>><<say kept>>", Cancel);
        await gate.Reached(1, Cancel);

        await socket.Close(Cancel);
        gate.Open();

        await shared.Say(agent, "next");
        Assert.Equal("kept", (await shared.Api.Do($"GET /api/agents/{agent}/session", Cancel)).GetProperty("messages")[1].Text("content"));
    }

    [Fact]
    public async Task A_stop_from_the_same_socket_ends_its_run()
    {
        await using var socket = await Open(await shared.Spawn());
        await socket.Send("socket stop <<silence>>", Cancel);
        await shared.Model.CallWith("socket stop", Cancel);

        await socket.Send("/stop", Cancel);

        var frames = new List<JsonElement>();
        while (!frames.Exists(frame => frame.Text("type") == "error") || !frames.Exists(frame => frame.Text("type") == "command_result"))
            frames.Add(await socket.Next(Cancel));
        Assert.Equal("cancelled", frames.Single(frame => frame.Text("type") == "error").Text("code"));
    }

    [Fact]
    public async Task A_frame_that_is_too_large_closes_the_socket_with_1009()
    {
        await using var socket = await Open(await shared.Spawn());

        await socket.Send(new string('x', 100 * 1024), Cancel);

        while (await socket.NextText(Cancel) is not null)
        {
        }

        Assert.Equal(WebSocketCloseStatus.MessageTooBig, socket.CloseStatus);
    }

    [Theory]
    [InlineData("?token=" + Daemons.Key, null)]
    [InlineData("", "bearer." + Daemons.Key)]
    public async Task A_browser_brings_its_key_in_the_query_or_as_a_protocol(string query, string? protocol)
    {
        var agent = await shared.Spawn();

        await using var socket = await shared.Stranger.Connect($"/api/agents/{agent}/ws{query}", Cancel, protocol is null ? [] : [protocol]);

        Assert.Equal("connected", (await socket.Next(Cancel)).Text("type"));
        Assert.Equal(protocol, socket.Protocol);
    }

    [Theory]
    [InlineData("?token=wrong", null)]
    [InlineData("", "bearer.wrong")]
    [InlineData("", null)]
    public async Task A_wrong_key_opens_no_socket(string query, string? protocol)
    {
        var agent = await shared.Spawn();

        await Assert.ThrowsAsync<WebSocketException>(() => shared.Stranger.Connect($"/api/agents/{agent}/ws{query}", Cancel, protocol is null ? [] : [protocol]));
    }

    [Fact]
    public async Task A_query_token_opens_nothing_but_sockets_and_streams()
    {
        await new ApiCase("list", $"GET /api/agents?token={Daemons.Key}", 401).Run(shared.Stranger, Cancel);
    }

    [Fact]
    public async Task Without_an_upgrade_it_is_400_and_a_foreign_page_is_403()
    {
        var agent = await shared.Spawn();

        await new ApiCase("get", $"GET /api/agents/{agent}/ws", 400, """{"error": "this path is a WebSocket: *"}""").Run(shared.Api, Cancel);
        await new ApiCase("foreign", $"GET /api/agents/{agent}/ws", 403) { Headers = new Dictionary<string, string> { ["Origin"] = "https://evil.example" } }.Run(shared.Api, Cancel);
    }

    private async Task<SocketConnection> Open(string agent)
    {
        var socket = await shared.Api.Connect($"/api/agents/{agent}/ws", Cancel);
        JsonPattern.Matches($$"""{"type": "connected", "agent_id": "{{agent}}"}""", await socket.Next(Cancel));
        return socket;
    }

    /// <summary>The agent list comes when it likes; it is no part of an answer.</summary>
    private static IEnumerable<string> Kinds(IReadOnlyList<JsonElement> frames) => frames.Select(frame => frame.Text("type")).Where(kind => kind != "agents_updated");
}

using System.Runtime.Versioning;
using System.Text;
using Fangd.Cli;

namespace Fangd.UnitTests.Cli;

[SupportedOSPlatform("linux")]
public sealed class ChatCommandTests
{
    private static readonly string Agent = $"/api/agents/{ScriptedDaemon.Id(0)}";

    private static ScriptedAnswer Events(params string[] events) =>
        new(200, "", "", (stream, closing) => stream.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(events.Select(one => one + "\n\n"))), closing).AsTask());

    private static ScriptedAnswer Says(string text) => Events(
        $"event: chunk\ndata: {{\"content\":\"{text}\",\"done\":false}}",
        "event: done\ndata: {\"done\":true,\"usage\":{\"input_tokens\":5,\"output_tokens\":7}}");

    private static ScriptedDaemon Daemon() => new ScriptedDaemon().WithAgents("coder").On($"GET {Agent}/session", """{"message_count":0,"messages":[]}""");

    [Fact]
    public async Task From_a_pipe_each_line_is_a_message()
    {
        await using var daemon = Daemon().On($"POST {Agent}/message/stream", request => Says(request.Body.Contains("first") ? "one" : "two"));
        using var cli = new CliRun { Input = "first\n\nsecond\n" }.At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("chat"));

        Assert.Equal("one\ntwo\n", cli.Out);
    }

    [Fact]
    public async Task Tools_and_failures_show_and_a_failed_line_is_in_the_exit_code()
    {
        await using var daemon = Daemon().On(
            $"POST {Agent}/message/stream",
            Events(
                "event: chunk\ndata: {\"content\":\"Looking\"}",
                "event: tool_use\ndata: {\"tool\":\"file_read\"}",
                "event: tool_result\ndata: {\"tool\":\"file_read\",\"input\":{},\"result\":\"no\",\"is_error\":true}",
                "event: error\ndata: {\"error\":\"the model is gone\",\"code\":\"model_error\"}"));
        using var cli = new CliRun { Input = "hello\n" }.At(daemon);

        Assert.Equal(ExitCode.Failed, await cli.Run("chat", "coder"));

        Assert.Equal("Looking\n[file_read]\n[file_read failed]\n", cli.Out);
        Assert.Equal("failed: the model is gone\n", cli.Error);
    }

    [Fact]
    public async Task Slash_commands_go_over_the_socket_with_the_key()
    {
        string? sent = null;
        await using var daemon = Daemon();
        daemon.Socket = line =>
        {
            sent = line;
            return ["""{"type":"connected"}""", """{"type":"agents_updated","agents":[]}""", """{"type":"command_result","command":"/usage","content":"12 tokens"}"""];
        };
        using var cli = new CliRun { Input = "/usage\n" }.At(daemon).With("FANGD_API_KEY", "k");

        Assert.Equal(ExitCode.Ok, await cli.Run("chat"));

        Assert.Equal("12 tokens\n", cli.Out);
        Assert.Equal("/usage", sent);
        Assert.Equal((Agent + "/ws", "Bearer k"), (daemon.Seen[^1].Path, daemon.Seen[^1].Authorization));
    }

    [Fact]
    public async Task A_path_at_the_beginning_of_a_line_is_no_command()
    {
        await using var daemon = Daemon().On($"POST {Agent}/message/stream", Says("ok"));
        using var cli = new CliRun { Input = "/var/log is full\n" }.At(daemon);

        await cli.Run("chat");

        Assert.Contains("/var/log is full", daemon.Seen[^1].Body);
    }

    [Fact]
    public async Task Help_lists_the_daemons_commands_and_the_chats_own()
    {
        await using var daemon = Daemon().On("GET /api/commands", """{"commands":[{"cmd":"/usage","desc":"Show tokens"},{"cmd":"/help","desc":"x"}]}""");
        using var cli = new CliRun { Input = "/help\n/exit\nnot sent\n" }.At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("chat"));

        Assert.Contains("  /usage        Show tokens\n", cli.Out);
        Assert.Contains("  /agent NAME   Talk to another agent\n", cli.Out);
        Assert.DoesNotContain(daemon.Seen, request => request.Path.EndsWith("/stream", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_agent_can_be_chosen_and_the_history_shown()
    {
        await using var daemon = Daemon().WithAgents("coder", "writer");
        daemon.On($"GET /api/agents/{ScriptedDaemon.Id(1)}/session", """{"message_count":2,"messages":[{"role":"User","content":"Hi"},{"role":"Assistant","content":"Hello!"}]}""");
        using var cli = new CliRun { Input = "/agent writer\n/history\n" }.At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("chat", "coder"));

        Assert.Equal("you> Hi\nwriter> Hello!\n", cli.Out);
    }

    [Theory]
    [InlineData(0, ExitCode.NotFound, "fangd agent spawn")]
    [InlineData(2, ExitCode.Usage, "say which")]
    public async Task Without_a_name_there_must_be_one_agent(int count, int code, string sentence)
    {
        await using var daemon = new ScriptedDaemon().WithAgents([.. Enumerable.Range(0, count).Select(index => $"agent-{index}")]);
        using var cli = new CliRun { Input = "hello\n" }.At(daemon);

        Assert.Equal(code, await cli.Run("chat"));

        Assert.Contains(sentence, cli.Error);
    }

    [Fact]
    public async Task Ctrl_c_stops_the_run_and_the_chat_goes_on()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var daemon = Daemon();
        using var cli = new CliRun { Input = "long\nshort\n" }.At(daemon);
        daemon.On($"POST {Agent}/stop", _ =>
        {
            stopped.TrySetResult();
            return """{"status":"stopped"}""";
        });
        daemon.On($"POST {Agent}/message/stream", request => request.Body.Contains("short") ? Says("done") : new ScriptedAnswer(200, "", "", async (stream, closing) =>
        {
            await stream.WriteAsync("event: chunk\ndata: {\"content\":\"Once\"}\n\n"u8.ToArray(), closing);
            cli.Interrupt();
            await stopped.Task.WaitAsync(closing);
            await stream.WriteAsync("event: error\ndata: {\"error\":\"cancelled\",\"code\":\"cancelled\"}\n\n"u8.ToArray(), closing);
        }));

        await cli.Run("chat");

        Assert.Equal("Once\nstopped\ndone\n", cli.Out);
        Assert.Single(daemon.Seen, request => request.Path == Agent + "/stop");
    }

    [Fact]
    public async Task A_second_ctrl_c_stops_listening()
    {
        await using var daemon = Daemon().On($"POST {Agent}/stop", """{"status":"stopped"}""");
        using var cli = new CliRun { Input = "long\n" }.At(daemon);
        daemon.On($"POST {Agent}/message/stream", new ScriptedAnswer(200, "", "", async (stream, closing) =>
        {
            await stream.WriteAsync("event: chunk\ndata: {\"content\":\"Once\"}\n\n"u8.ToArray(), closing);
            cli.Interrupt();
            cli.Interrupt();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, closing);
        }));

        await cli.Run("chat");

        Assert.Contains("no longer listening", cli.Out);
    }

    [Fact]
    public async Task Ctrl_c_twice_at_an_empty_prompt_leaves_and_keeps_what_was_typed()
    {
        await using var daemon = Daemon().On($"POST {Agent}/message/stream", Says("hi"));
        var keys = new ScriptedKeyboard("hello\r", "half a line\u0003", "\u0003\u0003");
        using var cli = new CliRun { IsTerminal = true, Keyboard = () => keys }.At(daemon).With("TERM", "xterm");

        Assert.Equal(ExitCode.Interrupted, await cli.Run("chat"));

        Assert.Contains("5 tokens in, 7 out", cli.Out);
        Assert.Contains("Ctrl-C again or Ctrl-D to leave", cli.Out);
        var history = Path.Combine(cli.Home, "chat_history");
        Assert.Equal("hello\n", File.ReadAllText(history));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(history));
    }

    [Fact]
    public async Task No_color_keeps_styles_away_from_a_terminal()
    {
        await using var daemon = Daemon();
        var keys = new ScriptedKeyboard("\u0004");
        using var cli = new CliRun { IsTerminal = true, Keyboard = () => keys }.At(daemon).With("TERM", "xterm").With("NO_COLOR", "1");

        Assert.Equal(ExitCode.Ok, await cli.Run("chat"));

        Assert.DoesNotContain("\e[1m", cli.Out);
        Assert.DoesNotContain("\e[2m", cli.Out);
    }
}

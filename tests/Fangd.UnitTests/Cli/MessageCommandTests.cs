using System.Text;
using System.Text.Json;
using Fangd.Cli;

namespace Fangd.UnitTests.Cli;

public sealed class MessageCommandTests
{
    private static readonly string Path = $"POST /api/agents/{ScriptedDaemon.Id(0)}/message";
    private static readonly string Stop = $"POST /api/agents/{ScriptedDaemon.Id(0)}/stop";
    private const string Answer = """{"response":"Zwölf – 十二\u001b[2J","input_tokens":3}""";

    [Fact]
    public async Task The_words_become_the_message_and_the_answer_is_printed()
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder").On(Path, Answer);
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("message", "coder", "wie", "viele", "Eier?", "--session", "s1"));

        Assert.Equal("Zwölf – 十二\e[2J\n", cli.Out);
        Assert.Equal("""{"message":"wie viele Eier?","session_id":"s1"}""", daemon.Seen[^1].Body);
    }

    [Fact]
    public async Task On_a_terminal_an_answer_cannot_send_control_sequences()
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder").On(Path, Answer);
        using var cli = new CliRun { IsTerminal = true }.At(daemon);

        await cli.Run("message", "coder", "hello");

        Assert.Equal("Zwölf – 十二[2J\n", cli.Out);
    }

    [Fact]
    public async Task A_dash_reads_the_message_from_standard_input()
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder").On(Path, Answer);
        using var cli = new CliRun { Input = "line 1\nline \"2\"\n" }.At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("message", "coder", "-", "--json"));

        using var sent = JsonDocument.Parse(daemon.Seen[^1].Body);
        Assert.Equal("line 1\nline \"2\"\n", sent.RootElement.GetProperty("message").GetString());
        Assert.Equal(Answer + "\n", cli.Out);
    }

    [Fact]
    public async Task An_empty_message_is_not_sent()
    {
        await using var daemon = new ScriptedDaemon();
        using var cli = new CliRun { Input = " \n" }.At(daemon);

        Assert.Equal(ExitCode.Usage, await cli.Run("message", "coder", "-"));

        Assert.Empty(daemon.Seen);
    }

    [Fact]
    public async Task A_failing_model_is_a_failure_with_the_daemons_sentence()
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder").On(Path, new ScriptedAnswer(502, """{"error":"the provider groq refused the key"}"""));
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Failed, await cli.Run("message", "coder", "hello"));

        Assert.Equal("error: the provider groq refused the key\n", cli.Error);
    }

    [Fact]
    public async Task Streamed_text_is_printed_part_by_part_whatever_the_split()
    {
        var events = "event: chunk\ndata: {\"content\":\"Hé\",\"done\":false}\n\n: ping\n\nevent: tool_use\ndata: {\"tool\":\"file_read\"}\n\nevent: text_delta\ndata: {\"content\":\"llo\"}\n\nevent: done\ndata: {\"done\":true}\n\n"u8.ToArray();
        await using var daemon = new ScriptedDaemon().WithAgents("coder").On(Path + "/stream", new ScriptedAnswer(200, "", "", async (stream, closing) =>
        {
            foreach (var one in events)
                await stream.WriteAsync(new[] { one }, closing);
        }));
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("message", "coder", "--stream", "hello"));

        Assert.Equal("Héllo\n", cli.Out);
    }

    [Theory]
    [InlineData("event: chunk\ndata: {\"content\":\"Half\"}\n\n", "the stream ended before the answer did")]
    [InlineData("event: error\ndata: {\"error\":\"the model is overloaded\",\"code\":\"busy\"}\n\n", "the model is overloaded")]
    public async Task A_stream_that_ends_badly_is_a_failure(string events, string sentence)
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder").On(
            Path + "/stream", new ScriptedAnswer(200, "", "", (stream, closing) => stream.WriteAsync(Encoding.UTF8.GetBytes(events), closing).AsTask()));
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Failed, await cli.Run("message", "coder", "--stream", "hello"));

        Assert.Contains(sentence, cli.Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Interrupted_it_stops_the_run_of_the_agent_too(bool isStreamed)
    {
        using var cli = new CliRun();
        await using var daemon = new ScriptedDaemon().WithAgents("coder").On(Stop, """{"status":"stopped"}""");
        // Presses Ctrl-C when the message has arrived, and never answers it.
        daemon.On(isStreamed ? Path + "/stream" : Path, new ScriptedAnswer(200, "", "", (_, closing) =>
        {
            cli.Interrupt();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, closing);
        }));
        cli.At(daemon);

        Assert.Equal(ExitCode.Interrupted, await cli.Run(isStreamed ? ["message", "coder", "--stream", "hello"] : ["message", "coder", "hello"]));

        Assert.Equal("stopped\n", cli.Error);
        Assert.Contains(daemon.Seen, request => $"{request.Method} {request.Path}" == Stop);
    }
}

using Fangd.Cli;

namespace Fangd.UnitTests.Cli;

public sealed class MemoryCommandTests
{
    private static readonly string Pairs = $"/api/memory/agents/{ScriptedDaemon.Id(0)}/kv";

    [Theory]
    [InlineData("4711", """{"value":4711}""")]
    [InlineData("Ann Lee", """{"value":"Ann Lee"}""")]
    [InlineData("{\"a\": [1]}", """{"value":{"a": [1]}}""")]
    [InlineData("{broken", """{"value":"{broken"}""")]
    [InlineData("", """{"value":""}""")]
    [InlineData("1 2", """{"value":"1 2"}""")]
    public async Task A_value_that_is_json_is_kept_as_such_and_all_else_as_text(string value, string body)
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder").On($"PUT {Pairs}/a%2Fb%20c", """{"status":"stored","key":"a/b c"}""");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("memory", "set", "coder", "a/b c", value));

        Assert.Equal("a/b c is kept\n", cli.Out);
        Assert.Equal(body, daemon.Seen[^1].Body);
    }

    [Theory]
    [InlineData("\"two\\nlines\"", "two\nlines\n")]
    [InlineData("{\"a\":1}", "{\"a\":1}\n")]
    [InlineData("null", "null\n")]
    public async Task A_text_is_printed_without_quotes(string value, string printed)
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder").On($"GET {Pairs}/k", $$"""{"key":"k","value":{{value}}}""");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("memory", "get", "coder", "k"));

        Assert.Equal(printed, cli.Out);
    }

    [Fact]
    public async Task A_key_that_is_not_there_is_its_own_exit_code()
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder").On($"DELETE {Pairs}/k", new ScriptedAnswer(404, """{"error":"Key 'k' not found"}"""));
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.NotFound, await cli.Run("memory", "delete", "coder", "k"));
        Assert.Contains("Key 'k' not found", cli.Error);
    }

    [Fact]
    public async Task Values_are_listed_and_an_empty_list_says_what_to_do()
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder").On($"GET {Pairs}", """{"kv_pairs":[{"key":"colour","value":"green"},{"key":"n","value":[1,2]}]}""");
        using var cli = new CliRun().At(daemon);

        await cli.Run("memory", "list", "coder");
        Assert.Equal("KEY     VALUE\ncolour  \"green\"\nn       [1,2]\n", cli.Out);

        daemon.On($"GET {Pairs}", """{"kv_pairs":[]}""");
        await cli.Run("memory", "list", "coder");
        Assert.Contains("fangd memory set", cli.Out);
    }

    [Fact]
    public async Task A_search_prints_what_was_found()
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder").On(
            $"GET /api/memory/agents/{ScriptedDaemon.Id(0)}/search?q=spare%20key&limit=3",
            """{"items":[{"content":"Under the stone","scope":"episodic","created_at":"2026-03-14T09:26:53+00:00","score":0.871}],"total":1}""");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("memory", "search", "--limit", "3", "coder", "spare", "key"));

        Assert.Equal("0.87  2026-03-14  episodic\nUnder the stone\n", cli.Out);
    }
}

using Fangd.Cli;

namespace Fangd.UnitTests.Cli;

public sealed class AuditCommandTests
{
    [Fact]
    public async Task The_list_ends_with_the_newest()
    {
        await using var daemon = new ScriptedDaemon().On(
            "GET /api/audit/recent?limit=2",
            """
            {"entries":[{"id":8,"timestamp":"2026-03-14T09:26:54.123Z","action":"AgentKill","outcome":"ok","details":"Agent 'b' killed"},
             {"id":7,"timestamp":"2026-03-14T09:26:53Z","action":"FileAccess","outcome":"started","details":"file_write: a.txt"}],"total":8}
            """);
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("audit", "list", "--limit", "2"));

        Assert.Equal(
            """
            ID  TIME (UTC)           ACTION      OUTCOME  WHAT
            7   2026-03-14 09:26:53  FileAccess  started  file_write: a.txt
            8   2026-03-14 09:26:54  AgentKill   ok       Agent 'b' killed

            """,
            cli.Out);
    }

    [Fact]
    public async Task A_chain_that_is_whole_is_good_news()
    {
        await using var daemon = new ScriptedDaemon().On("GET /api/audit/verify", """{"status":"valid","chain_length":1042}""");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("audit", "verify"));

        Assert.Equal("whole: 1042 entries, each as it was written\n", cli.Out);
    }

    [Theory]
    [InlineData("broken at entry 5: the entry is missing\n")]
    [InlineData("{\"status\":\"broken\",\"break_at\":5,\"error\":\"the entry is missing\"}\n", "--json")]
    public async Task A_broken_one_fails(string output, params string[] options)
    {
        await using var daemon = new ScriptedDaemon().On("GET /api/audit/verify", """{"status":"broken","break_at":5,"error":"the entry is missing"}""");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Failed, await cli.Run(["audit", "verify", .. options]));

        Assert.Equal(output, cli.Out);
    }
}

using Fangd.Cli;
using Fangd.TestKit;

namespace Fangd.UnitTests.Cli;

public sealed class McpAuthCommandTests
{
    private const string Started = """{"auth_url":"https://auth.example/authorize?state=s","server":"notes"}""";
    private const string Pending = """{"server":"notes","auth":{"state":"pending_auth"}}""";
    private const string Status = "GET /api/mcp/servers/notes/auth/status";

    [Fact]
    public async Task The_address_where_a_browser_ended_is_taken_from_the_input()
    {
        await using var daemon = new ScriptedDaemon()
            .On("POST /api/mcp/servers/notes/auth/start", Started)
            .On(Status, Pending)
            .On("POST /api/mcp/servers/notes/auth/complete", """{"server":"notes","state":"authorized","connected":true}""");
        using var cli = new CliRun { Input = "\n  http://127.0.0.1:4545/cb?code=c&state=s \n" }.At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("mcp", "auth", "notes"));

        Assert.Equal("https://auth.example/authorize?state=s\nnotes is authorized\n", cli.Out);
        Assert.Equal("""{"url":"http://127.0.0.1:4545/cb?code=c&state=s"}""", daemon.Seen[^1].Body);
    }

    [Fact]
    public async Task A_browser_that_comes_back_by_itself_is_waited_for()
    {
        var asked = 0;
        await using var daemon = new ScriptedDaemon()
            .On("POST /api/mcp/servers/notes/auth/start", Started)
            .On(Status, _ => ++asked < 3 ? Pending : """{"server":"notes","auth":{"state":"authorized"}}""");
        using var cli = new CliRun { Time = new BriefPauses() }.At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("mcp", "auth", "notes"));

        Assert.EndsWith("notes is authorized\n", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_who_refuses_ends_the_wait()
    {
        await using var daemon = new ScriptedDaemon()
            .On("POST /api/mcp/servers/notes/auth/start", Started)
            .On(Status, """{"server":"notes","auth":{"state":"needs_auth","message":"it needs authorization"}}""");
        using var cli = new CliRun { Time = new BriefPauses() }.At(daemon);

        Assert.Equal(ExitCode.Failed, await cli.Run("mcp", "auth", "notes"));

        Assert.Contains("it needs authorization", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authorization_is_revoked()
    {
        await using var daemon = new ScriptedDaemon().On("POST /api/mcp/servers/notes/auth/revoke", """{"server":"notes","state":"revoked"}""");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("mcp", "auth", "notes", "--revoke"));

        Assert.Equal("notes: fangd has forgotten its authorization\n", cli.Out);
    }
}

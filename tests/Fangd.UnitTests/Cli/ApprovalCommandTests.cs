using Fangd.Cli;

namespace Fangd.UnitTests.Cli;

public sealed class ApprovalCommandTests
{
    private const string Id = "a1b2c3d0-0000-4000-8000-000000000000";

    [Fact]
    public async Task The_list_shows_what_waits()
    {
        await using var daemon = new ScriptedDaemon().On(
            "GET /api/approvals?status=pending",
            $$"""{"approvals":[{"id":"{{Id}}","status":"pending","risk_level":"High","agent_name":"coder","description":"shell_exec: ls"}],"total":1}""");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("approvals", "list"));

        Assert.Equal($"ID                                    STATUS   RISK  AGENT  CALL\n{Id}  pending  High  coder  shell_exec: ls\n", cli.Out);
    }

    [Fact]
    public async Task An_empty_list_says_so()
    {
        await using var daemon = new ScriptedDaemon().On("GET /api/approvals", """{"approvals":[],"total":0}""");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("approvals", "list", "--all"));

        Assert.Equal("Nothing waits for approval.\n", cli.Out);
    }

    [Fact]
    public async Task Approve_sends_the_code_and_reject_the_reason()
    {
        await using var daemon = new ScriptedDaemon().On($"POST /api/approvals/{Id}/approve", "{}").On($"POST /api/approvals/{Id}/reject", "{}");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("approvals", "approve", Id, "--code", "123456"));
        Assert.Equal(ExitCode.Ok, await cli.Run("approvals", "reject", Id, "not", "now"));

        Assert.Equal(["""{"totp_code":"123456"}""", """{"feedback":"not now"}"""], daemon.Seen.Select(request => request.Body));
    }

    [Fact]
    public async Task A_refusal_is_told()
    {
        await using var daemon = new ScriptedDaemon().On($"POST /api/approvals/{Id}/approve", new ScriptedAnswer(409, """{"error":"the request was rejected already"}"""));
        using var cli = new CliRun().At(daemon);

        Assert.NotEqual(ExitCode.Ok, await cli.Run("approvals", "approve", Id));

        Assert.Contains("the request was rejected already", cli.Error, StringComparison.Ordinal);
    }
}

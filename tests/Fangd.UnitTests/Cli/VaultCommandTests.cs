using Fangd.Cli;

namespace Fangd.UnitTests.Cli;

public sealed class VaultCommandTests
{
    private const string Listed = """{"names":["A_KEY","B"],"total":2,"status":{"state":"open","key_source":"key file"}}""";
    private const string Locked = """{"names":[],"total":0,"status":{"state":"locked","key_source":"key file","error":"the key does not fit"}}""";

    [Fact]
    public async Task The_list_has_the_names_and_says_where_the_key_is()
    {
        await using var daemon = new ScriptedDaemon().On("GET /api/vault", Listed);
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("vault", "list"));

        Assert.Equal(("A_KEY\nB\n", "vault: open, key from: key file\n"), (cli.Out, cli.Error));
    }

    [Fact]
    public async Task A_locked_vault_fails_and_says_why()
    {
        await using var daemon = new ScriptedDaemon().On("GET /api/vault", Locked);
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Failed, await cli.Run("vault", "list"));

        Assert.Contains("locked, key from: key file the key does not fit", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_comes_from_standard_input_and_is_not_printed()
    {
        await using var daemon = new ScriptedDaemon().On("PUT /api/vault/A_KEY", """{"status":"stored","name":"A_KEY","warning":"A_KEY is set in the environment too"}""");
        using var cli = new CliRun { Input = "sk-secret\n" }.At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("vault", "set", "A_KEY"));

        Assert.Equal("""{"value":"sk-secret"}""", Assert.Single(daemon.Seen).Body);
        Assert.Equal(("A_KEY is kept\n", "note: A_KEY is set in the environment too\n"), (cli.Out, cli.Error));
    }

    [Fact]
    public async Task A_value_that_is_typed_does_not_show()
    {
        await using var daemon = new ScriptedDaemon().On("PUT /api/vault/A_KEY", """{"status":"stored","name":"A_KEY"}""");
        using var cli = new CliRun { IsTerminal = true, Keyboard = () => new ScriptedKeyboard("sk-x\by\r") }.At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("vault", "set", "A_KEY"));

        Assert.Equal("""{"value":"sk-y"}""", Assert.Single(daemon.Seen).Body);
        Assert.DoesNotContain("sk-", cli.Out + cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_on_the_command_line_is_refused()
    {
        await using var daemon = new ScriptedDaemon();
        using var cli = new CliRun { Input = "x" }.At(daemon);

        Assert.Equal(ExitCode.Usage, await cli.Run("vault", "set", "A_KEY", "sk-secret"));

        Assert.Empty(daemon.Seen);
    }

    [Fact]
    public async Task An_empty_value_is_refused()
    {
        await using var daemon = new ScriptedDaemon();
        using var cli = new CliRun { Input = "\n" }.At(daemon);

        Assert.Equal(ExitCode.Usage, await cli.Run("vault", "set", "A_KEY"));

        Assert.Empty(daemon.Seen);
    }

    [Fact]
    public async Task A_secret_is_forgotten()
    {
        await using var daemon = new ScriptedDaemon().On("DELETE /api/vault/A_KEY", """{"status":"deleted","name":"A_KEY"}""");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("vault", "remove", "A_KEY"));

        Assert.Equal("A_KEY is forgotten\n", cli.Out);
    }
}

using System.Text.Json;
using Fangd.Cli;
using Fangd.Cli.Settings;

namespace Fangd.UnitTests.Cli;

public sealed class DaemonCommandTests
{
    private const string Status = """
        {"status":"running","agent_count":1,"home_dir":"/h","data_dir":"/h/data","default_provider":"groq","default_model":"llama","uptime_seconds":3725,
         "agents":[{"id":"a","name":"coder","state":"Running","model_provider":"groq","model_name":"llama"}]}
        """;

    [Fact]
    public async Task Status_says_what_runs()
    {
        await using var daemon = new ScriptedDaemon().On("GET /api/status", Status);
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("status"));

        Assert.Contains($"fangd is running at http://{daemon.Address}, for 1 h 2 min", cli.Out);
        Assert.Contains("groq/llama", cli.Out);
        Assert.DoesNotContain("\e", cli.Out);
    }

    [Fact]
    public async Task Status_as_json_is_what_the_daemon_said()
    {
        await using var daemon = new ScriptedDaemon().On("GET /api/status", Status);
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("status", "--json"));

        Assert.Equal(Status + "\n", cli.Out);
    }

    [Fact]
    public async Task Without_a_daemon_every_command_says_how_to_start_it()
    {
        var daemon = new ScriptedDaemon();
        await daemon.DisposeAsync();
        using var cli = new CliRun().At(daemon);
        foreach (var line in (string[][])[["status"], ["stop"], ["agent", "list"], ["message", "coder", "hello"], ["chat"]])
        {
            Assert.Equal(ExitCode.Unreachable, await cli.Run(line));
            Assert.Equal($"error: fangd is not running at http://{daemon.Address}\n  start it with: fangd start\n", cli.Error);
            Assert.Empty(cli.Out);
        }
    }

    [Fact]
    public async Task Stop_sends_the_key_of_the_configuration_and_waits_until_the_daemon_is_gone()
    {
        await using var daemon = new ScriptedDaemon();
        using var cli = new CliRun();
        await File.WriteAllTextAsync(cli.ConfigFile, $"api_listen = \"{daemon.Address}\"\napi_key = \"from-config\"\n", TestContext.Current.CancellationToken);
        var asked = 0;
        daemon.On("POST /api/shutdown", """{"status":"shutting_down"}""").On("GET /api/health", _ =>
        {
            if (++asked == 3)
                daemon.StopListening();
            return """{"status":"ok"}""";
        });

        Assert.Equal(ExitCode.Ok, await cli.Run("stop"));

        Assert.Equal("fangd has stopped\n", cli.Out);
        Assert.Equal(3, asked);
        Assert.All(daemon.Seen, request => Assert.Equal("Bearer from-config", request.Authorization));
    }

    [Theory]
    [InlineData(true, "Bearer from-option")]
    [InlineData(false, "Bearer from-variable")]
    public async Task A_key_that_is_given_wins_over_the_configuration(bool isOption, string sent)
    {
        await using var daemon = new ScriptedDaemon().On("GET /api/status", Status);
        using var cli = new CliRun().At(daemon).With("FANGD_API_KEY", "from-variable");
        await File.WriteAllTextAsync(cli.ConfigFile, "api_key = \"from-config\"\n", TestContext.Current.CancellationToken);

        await cli.Run(isOption ? ["status", "--api-key", "from-option"] : ["status"]);

        Assert.Equal(sent, daemon.Seen.Single().Authorization);
    }

    [Fact]
    public async Task The_key_of_this_machine_is_not_sent_to_another()
    {
        using var cli = new CliRun();
        await File.WriteAllTextAsync(cli.ConfigFile, "api_key = \"secret\"\n", TestContext.Current.CancellationToken);
        var line = new Fangd.Cli.Syntax.CommandLineParser(Fangd.Cli.Commands.CommandTable.All()).Parse(["status", "--url", "http://fangd.invalid:4545"]);
        var host = new CliHost
        {
            Out = TextWriter.Null,
            Error = TextWriter.Null,
            In = () => TextReader.Null,
            Variable = name => name == "FANGD_HOME" ? cli.Home : null,
            Time = TimeProvider.System,
            RunDaemon = (_, _, _) => Task.FromResult(0),
            OnInterrupt = _ => TextReader.Null,
        };

        var address = Fangd.Cli.Api.DaemonAddress.Find(line, host, Whereabouts.From(line, host.Variable));

        Assert.Null(address.Key);
        Assert.Equal("http://fangd.invalid:4545", address.Shown);
    }

    [Theory]
    [InlineData(401, """{"error":"invalid key"}""", ExitCode.Refused, "refused the key: invalid key")]
    [InlineData(403, """{"error":"not allowed"}""", ExitCode.Refused, "error: not allowed")]
    [InlineData(404, """{"error":"nothing here"}""", ExitCode.NotFound, "error: nothing here")]
    [InlineData(409, """{"error":"busy with another"}""", ExitCode.Conflict, "error: busy with another")]
    [InlineData(429, """{"error":"Rate limit exceeded"}""", ExitCode.Busy, "try again in 7 s")]
    [InlineData(503, """{"error":"shutting down"}""", ExitCode.Busy, "error: shutting down")]
    [InlineData(500, "", ExitCode.Failed, "the daemon answered with status 500")]
    [InlineData(502, "<html>nginx</html>", ExitCode.Failed, "the daemon answered with status 502")]
    [InlineData(200, "<html>router</html>", ExitCode.Failed, "is not fangd")]
    public async Task A_refusal_has_its_exit_code_and_sentence(int status, string body, int code, string sentence)
    {
        await using var daemon = new ScriptedDaemon().On("GET /api/status", new ScriptedAnswer(status, body, "Retry-After: 7\r\n"));
        using var cli = new CliRun().At(daemon);

        Assert.Equal(code, await cli.Run("status"));

        Assert.Contains(sentence, cli.Error);
        Assert.Empty(cli.Out);
    }

    [Fact]
    public async Task A_refused_key_says_where_it_came_from()
    {
        await using var daemon = new ScriptedDaemon().On("GET /api/status", new ScriptedAnswer(401, """{"error":"no"}"""));
        using var cli = new CliRun().At(daemon);

        await cli.Run("status");
        Assert.Contains($"no key was sent (no api_key in {cli.ConfigFile})", cli.Error);

        await cli.Run("status", "--api-key", "wrong");
        Assert.Contains("the key came from --api-key", cli.Error);
        Assert.DoesNotContain("wrong", cli.Error);
    }

    [Theory]
    [InlineData("ok", ExitCode.Ok)]
    [InlineData("healthy", ExitCode.Ok)]
    [InlineData("degraded", ExitCode.Failed)]
    public async Task Health_is_an_exit_code(string status, int code)
    {
        await using var daemon = new ScriptedDaemon().On("GET /api/health", $$"""{"status":"{{status}}"}""");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(code, await cli.Run("health"));

        Assert.Equal(status + "\n", cli.Out);
    }

    [Fact]
    public async Task Health_fails_with_1_when_nothing_runs_and_says_so_in_json()
    {
        var daemon = new ScriptedDaemon();
        await daemon.DisposeAsync();
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Failed, await cli.Run("health", "--json"));

        using var json = JsonDocument.Parse(cli.Out);
        Assert.Equal("unreachable", json.RootElement.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Start_hands_over_to_the_daemon_with_home_and_configuration()
    {
        Whereabouts? given = null;
        using var cli = new CliRun { RunDaemon = (whereabouts, _, _) => { given = whereabouts; return Task.FromResult(0); } };

        Assert.Equal(ExitCode.Ok, await cli.Run("start"));
        Assert.Equal((cli.Home, cli.ConfigFile, null), (given!.Home, given.File, given.NamedConfig));

        Assert.Equal(ExitCode.Usage, await cli.Run("start", "--config", "/nonexistent/fangd.toml"));
        Assert.Contains("there is no /nonexistent/fangd.toml", cli.Error);
    }
}

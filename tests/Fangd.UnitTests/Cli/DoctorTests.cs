using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.Json;
using Fangd.Cli;
using Fangd.Cli.Doctor;

namespace Fangd.UnitTests.Cli;

[SupportedOSPlatform("linux")]
public sealed class DoctorTests
{
    private sealed record Read(string Check, string Level, string Message, string? Fix);

    private static async Task<(int Code, Read[] Findings)> Examine(CliRun cli)
    {
        var code = await cli.Run("doctor", "--json");
        using var json = JsonDocument.Parse(cli.Out);
        var findings = json.RootElement.GetProperty("findings").EnumerateArray()
            .Select(one => new Read(one.GetProperty("check").GetString()!, one.GetProperty("level").GetString()!, one.GetProperty("message").GetString()!, one.GetProperty("fix").GetString())).ToArray();
        Assert.Equal(code == 0, json.RootElement.GetProperty("ok").GetBoolean());
        return (code, findings);
    }

    private static async Task<string> FreeAddress()
    {
        var daemon = new ScriptedDaemon();
        await daemon.DisposeAsync();
        return daemon.Address;
    }

    private static async Task<CliRun> Sound(string extra = "")
    {
        var cli = new CliRun();
        await File.WriteAllTextAsync(cli.ConfigFile, $"api_listen = \"{await FreeAddress()}\"\n{extra}[default_model]\nprovider = \"ollama\"\nmodel = \"qwen3\"\n");
        File.SetUnixFileMode(cli.ConfigFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return cli;
    }

    [Fact]
    public async Task Before_the_first_start_nothing_is_to_mend()
    {
        using var cli = await Sound();

        var (code, findings) = await Examine(cli);

        Assert.Equal(ExitCode.Ok, code);
        Assert.Equal(["home", "config", "daemon", "database", "port", "provider", "clock", "disk"], findings.Select(one => one.Check));
        Assert.Equal(["daemon"], findings.Where(one => one.Level != "ok" && one.Check != "disk").Select(one => one.Check));
        Assert.Equal("start it with: fangd start", findings[2].Fix);
    }

    [Fact]
    public async Task A_running_daemon_speaks_for_itself()
    {
        await using var daemon = new ScriptedDaemon()
            .On("GET /api/health", """{"status":"ok"}""")
            .On("GET /api/health/detail", """{"status":"ok","agent_count":3,"database":"locked","config_warnings":["0.0.0.0 is open"],"vault":{"state":"locked","key_source":"key file","error":"the key does not fit"}}""")
            .On("GET /api/status", """{"default_provider":"groq"}""")
            .On("GET /api/providers", """{"providers":[{"id":"groq","auth_status":"missing"}]}""");
        using var cli = new CliRun();
        await File.WriteAllTextAsync(cli.ConfigFile, $"api_listen = \"{daemon.Address}\"\n", TestContext.Current.CancellationToken);

        var (code, findings) = await Examine(cli);

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains(findings, one => one is { Check: "daemon", Level: "ok" } && one.Message.Contains("3 agents"));
        Assert.Contains(findings, one => one is { Check: "database", Level: "problem", Message: "fangd says: locked" });
        Assert.Contains(findings, one => one is { Check: "vault", Level: "problem", Message: "the vault is locked: the key does not fit" });
        Assert.Contains(findings, one => one is { Check: "config", Level: "warning", Message: "0.0.0.0 is open" });
        Assert.Contains(findings, one => one is { Check: "provider", Level: "problem" } && one.Message.Contains("no key for groq"));
        Assert.Contains(findings, one => one is { Check: "port", Level: "ok" } && one.Message.EndsWith("is fangd's"));
    }

    [Fact]
    public async Task Every_fault_of_the_configuration_is_a_finding_with_its_place()
    {
        using var cli = await Sound("log_levle = \"info\"\nmax_history_messages = \"many\"\n");

        var (code, findings) = await Examine(cli);

        Assert.Equal(ExitCode.Failed, code);
        Assert.Equal(2, findings.Count(one => one is { Check: "config", Level: "problem" }));
        Assert.Contains(findings, one => one.Message.StartsWith("line 2, column 1: log_levle: unknown key"));
    }

    [Fact]
    public async Task A_key_that_others_may_read_is_pointed_out()
    {
        using var cli = await Sound("api_key = \"k\"\n");
        File.SetUnixFileMode(cli.ConfigFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        var (_, findings) = await Examine(cli);

        Assert.Contains(findings, one => one is { Check: "config", Level: "warning" } && one.Message.Contains("mode 0604") && one.Fix == $"chmod 600 {cli.ConfigFile}");
    }

    [Fact]
    public async Task A_port_that_another_program_has_is_named_with_the_program()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        using var cli = new CliRun().With("FANGD_URL", "http://" + await FreeAddress()).With("FANGD_API_KEY", "k");
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        Assert.Contains($"(process {Environment.ProcessId})", PortHolder.Of(port));
        await File.WriteAllTextAsync(cli.ConfigFile, $"api_listen = \"127.0.0.1:{port}\"\n", TestContext.Current.CancellationToken);
        _ = Task.Run(async () =>
        {
            using var client = await other.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        }, TestContext.Current.CancellationToken);
        var (code, findings) = await Examine(cli);

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains(findings, one => one is { Check: "port", Level: "problem" } && one.Message.StartsWith($"127.0.0.1:{port} is taken by ") && one.Fix!.Contains("fangd config set api_listen"));
    }

    [Fact]
    public async Task A_missing_provider_key_is_named_with_its_variable()
    {
        using var cli = new CliRun().With("FANGD_LISTEN", await FreeAddress());

        var (code, findings) = await Examine(cli);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains(findings, one => one is { Check: "provider", Level: "problem" } && one.Fix!.Contains("export OPENAI_API_KEY"));

        await File.WriteAllTextAsync(Path.Combine(cli.Home, "secrets.env"), "# kept\nOPENAI_API_KEY=sk-1\n", TestContext.Current.CancellationToken);
        (code, findings) = await Examine(cli);
        Assert.Equal(ExitCode.Ok, code);
        Assert.DoesNotContain("sk-1", cli.Out);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_a_problem()
    {
        using var cli = await Sound();
        Directory.CreateDirectory(Path.Combine(cli.Home, "data"));
        await File.WriteAllTextAsync(Path.Combine(cli.Home, "data", "fangd.db"), "this is not a database", TestContext.Current.CancellationToken);

        var (code, findings) = await Examine(cli);

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains(findings, one => one is { Check: "database", Level: "problem" } && one.Message.EndsWith("is not a database"));
    }

    [Fact]
    public async Task A_home_that_is_open_missing_or_a_file_is_told_with_the_remedy()
    {
        using var cli = await Sound();
        File.SetUnixFileMode(cli.Home, (UnixFileMode)0b111_101_101);
        Assert.Equal(($"chmod 700 {cli.Home}", FindingLevel.Warning), HomeCheck.Look(cli.Home, false).Select(one => (one.Fix, one.Level)).Single());

        var missing = Path.Combine(cli.Home, "missing");
        Assert.Equal($"make it with: fangd init --home {missing}", HomeCheck.Look(missing, false).Single().Fix);

        Assert.Equal(FindingLevel.Problem, HomeCheck.Look(cli.ConfigFile, false).Single().Level);
    }

    [Fact]
    public void A_home_that_cannot_be_written_says_who_we_are_and_who_may()
    {
        // Not even root may make files in the folder of a process.
        var finding = HomeCheck.Look("/proc/self", false).Single();

        Assert.Equal(FindingLevel.Problem, finding.Level);
        Assert.Contains($"we are uid {FileOwner.OfThisProcess().User}, owner uid", finding.Message);
        Assert.StartsWith("sudo chown -R ", finding.Fix);
        Assert.Equal(FindingLevel.Warning, HomeCheck.Look("/proc/self", isRunning: true).Single().Level);
    }

    [Fact]
    public void The_owner_of_a_file_is_known()
    {
        Assert.Equal(0u, FileOwner.Of("/proc/1"));
        Assert.Null(FileOwner.Of("/no/such/file"));
    }

    [Theory]
    [InlineData(1970, null, nameof(FindingLevel.Problem))]
    [InlineData(2026, 5, nameof(FindingLevel.Ok))]
    [InlineData(2026, -90, nameof(FindingLevel.Warning))]
    public void A_clock_that_is_wrong_is_seen(int year, int? lead, string level) => Assert.Equal(
        level, MachineCheck.Clock(new DateTimeOffset(year, 5, 1, 0, 0, 0, TimeSpan.Zero), lead is { } seconds ? TimeSpan.FromSeconds(seconds) : null).Level.ToString());

    [Theory]
    [InlineData(10, nameof(FindingLevel.Problem))]
    [InlineData(200, nameof(FindingLevel.Warning))]
    [InlineData(5000, nameof(FindingLevel.Ok))]
    public void A_full_disk_is_seen_before_it_is_full(long mebibytes, string level) =>
        Assert.Equal(level, MachineCheck.Disk(mebibytes * 1024 * 1024, "/data").Level.ToString());

    [Fact]
    public async Task Findings_for_people_say_how_to_mend()
    {
        using var cli = await Sound("log_levle = \"info\"\n");

        Assert.Equal(ExitCode.Failed, await cli.Run("doctor"));

        Assert.Contains("FAIL  config", cli.Out);
        Assert.Contains($"mend: edit {cli.ConfigFile}", cli.Out);
        Assert.EndsWith("1 to mend.\n", cli.Out);
    }
}

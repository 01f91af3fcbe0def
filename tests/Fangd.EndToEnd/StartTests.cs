using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fangd.TestKit;

namespace Fangd.EndToEnd;

/// <summary>What a daemon makes of the home and the machine that it finds: it goes on with what it knows, and says in a sentence why it cannot.</summary>
public sealed class StartTests
{
    private const int Failed = 1;
    private const int BadConfiguration = 2;
    private const int UserVersionOffset = 60;
    private const string Nobody = "65534";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_home_is_started_again_with_agents_conversations_files_and_settings()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var agent = await daemon.Spawn("keeper", Cancel);
        Assert.Equal("result: Wrote 2 bytes to \"a.txt\".", await daemon.Ask(agent, """<<call file_write {"path":"a.txt","content":"hi"}>>""", Cancel));
        await daemon.Api.Do($"PUT /api/memory/agents/{agent}/kv/colour", Cancel, """{"value": "green"}""");
        await daemon.Api.Do("PUT /api/providers/groq/url", Cancel, """{"base_url": "http://127.0.0.1:9/v1"}""");
        var before = (await daemon.Session(agent, Cancel)).GetProperty("messages").GetRawText();

        for (var round = 0; round < 3; round++)
        {
            await daemon.Process.Stop(Cancel);
            await daemon.Process.Restart(Cancel);
            Assert.Equal(before, (await daemon.Session(agent, Cancel)).GetProperty("messages").GetRawText());
        }

        JsonPattern.Matches($$"""{"id": "{{agent}}", "name": "keeper", "*": "*"}""", await daemon.Api.Do($"GET /api/agents/{agent}", Cancel));
        JsonPattern.Matches("""{"value": "green", "*": "*"}""", await daemon.Api.Do($"GET /api/memory/agents/{agent}/kv/colour", Cancel));
        Assert.Contains("http://127.0.0.1:9/v1", await File.ReadAllTextAsync(Path.Combine(daemon.Process.Home, "config.toml"), Cancel), StringComparison.Ordinal);
        Assert.Equal("result: hi", await daemon.Ask(agent, """<<call file_read {"path":"a.txt"}>>""", Cancel));
        JsonPattern.Matches("""{"restart_count": 0, "*": "*"}""", await daemon.Api.Do("GET /api/health/detail", Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_database_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        using var home = new TempFolder();
        await using (var daemon = await FangdProcess.Start(new DaemonSetup { Home = home.Root }, Cancel))
            await daemon.Stop(Cancel);
        var file = home["data/fangd.db"];
        var bytes = await File.ReadAllBytesAsync(file, Cancel);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(UserVersionOffset), 9_000);
        await File.WriteAllBytesAsync(file, bytes, Cancel);

        var refused = await Start(home.Root);

        Assert.Equal(Failed, refused.ExitCode);
        Assert.Equal(
            $"fangd cannot start: the database {file} has schema version 9000, this fangd knows versions up to {KnownVersion(refused)}: start a newer fangd, or restore the backup beside it",
            refused.Errors.Trim());
        Assert.Equal(bytes, await File.ReadAllBytesAsync(file, Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_file_that_is_no_database_is_refused_and_left_as_it_is()
    {
        using var home = new TempFolder();
        var file = home.Write("data/fangd.db", string.Concat(Enumerable.Repeat("This is not a database. ", 500)));
        var before = await File.ReadAllTextAsync(file, Cancel);

        var refused = await Start(home.Root);

        Assert.Equal(Failed, refused.ExitCode);
        Assert.StartsWith($"fangd cannot start: the database {file} cannot be opened", refused.Errors.Trim(), StringComparison.Ordinal);
        Assert.Single(refused.Errors.Trim().Split('\n'));
        Assert.Equal(before, await File.ReadAllTextAsync(file, Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_second_daemon_on_a_home_says_so_and_the_first_goes_on()
    {
        using var home = new TempFolder();
        await using var first = await FangdProcess.Start(new DaemonSetup { Home = home.Root }, Cancel);
        using var api = new ApiClient(first);

        var second = await Start(home.Root);

        Assert.Equal(Failed, second.ExitCode);
        Assert.Equal($"fangd cannot start: another fangd uses {home.Root}: stop it with `fangd stop`, or give this one another home with FANGD_HOME", second.Errors.Trim());
        JsonPattern.Matches("""{"status": "ok", "*": "*"}""", await api.Do("GET /api/health", Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_port_that_is_taken_is_named_and_the_home_is_free_again()
    {
        using var home = new TempFolder();
        var taken = Ports.Free();
        var listener = new TcpListener(IPAddress.Loopback, taken);
        listener.Start();

        var refused = await Start(home.Root, taken);

        Assert.Equal(Failed, refused.ExitCode);
        Assert.StartsWith($"fangd cannot start: 127.0.0.1:{taken} is taken by another program", refused.Errors.Trim(), StringComparison.Ordinal);
        Assert.Contains("api_listen", refused.Errors, StringComparison.Ordinal);
        Assert.Single(refused.Errors.Trim().Split('\n'));
        listener.Stop();
        await using var daemon = await FangdProcess.Start(new DaemonSetup { Home = home.Root }, Cancel);
        Assert.True(daemon.IsRunning);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("")]
    [InlineData("fangd.lock")]
    [InlineData("data")]
    public async Task What_the_user_may_not_write_is_named_with_the_user_and_what_to_do(string below)
    {
        using var home = new TempFolder();
        Assert.SkipUnless(Environment.UserName == "root", "only root can start a process as somebody else");
        var binary = Path.Combine(home.Root, "fangd");
        File.Copy(FangdBinary.Path!, binary);
        var root = Directory.CreateDirectory(home["home"]).FullName;
        Everybody(home.Root, binary, root);
        var denied = below.Length == 0 ? root : Path.Combine(root, below);
        if (below == "data")
            Directory.CreateDirectory(denied);
        else if (below.Length > 0)
            await File.WriteAllTextAsync(denied, "", Cancel);
        File.SetUnixFileMode(denied, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "setpriv", ["--reuid", Nobody, "--regid", Nobody, "--clear-groups", binary, "start", "--home", root])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var errors = await process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);

        Assert.Equal(Failed, process.ExitCode);
        Assert.StartsWith($"fangd cannot start: user {Nobody} may not write {denied}", errors.Trim(), StringComparison.Ordinal);
        Assert.Contains($"chown -R {Nobody} {root}", errors, StringComparison.Ordinal);
        Assert.Single(errors.Trim().Split('\n'));
    }

    [Fact(Timeout = 60_000)]
    public async Task Every_mistake_in_the_configuration_is_told_at_once_with_line_and_column()
    {
        using var home = new TempFolder();
        home.Write("config.toml", "log_levl = \"info\"\n\n[storage]\ndurability = \"perhaps\"\n");

        var refused = await Start(home.Root);

        Assert.Equal(BadConfiguration, refused.ExitCode);
        Assert.Equal(
            $"""
            {home["config.toml"]} cannot be used:
            line 1, column 1: log_levl: unknown key, did you mean log_level?
            line 4, column 14: storage.durability: expected one of normal, full, found "perhaps"
            """,
            refused.Errors.Trim());
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_any_configuration_it_makes_its_home_below_the_users()
    {
        using var user = new TempFolder();
        var environment = new Dictionary<string, string>
        {
            ["HOME"] = user.Root,
            // An empty value stands for none.
            ["FANGD_HOME"] = "",
        };
        await using var daemon = await FangdProcess.Start(new DaemonSetup { Environment = environment }, Cancel);
        using var api = new ApiClient(daemon);

        JsonPattern.Matches($$"""{"home_dir": "{{user.Root}}/.fangd", "default_provider": "openai", "*": "*"}""", await api.Do("GET /api/status", Cancel));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(user[".fangd"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(user[".fangd/data/fangd.db"]));
        await daemon.Stop(Cancel);
    }

    private static void Everybody(params string[] paths)
    {
        const UnixFileMode all = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        foreach (var path in paths)
            File.SetUnixFileMode(path, all);
    }

    private static string KnownVersion(FinishedCommand refused) => refused.Errors.Split("up to ")[1].Split(':')[0];

    private static Task<FinishedCommand> Start(string home, int? port = null) => FangdBinary.Run(
        home,
        ["start"],
        Cancel,
        environment: new Dictionary<string, string> { ["FANGD_LISTEN"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port ?? Ports.Free()}") });
}

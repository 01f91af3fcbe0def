using Fangd.Server;
using Fangd.Server.Config;
using Fangd.Server.Health;
using Fangd.Server.Logs;

namespace Fangd.TestKit;

/// <summary>The daemon inside the test's process: the same server on real sockets, with a home, ports and a clock of the test's own.</summary>
public sealed class InProcessDaemon : IDaemonUnderTest
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(8);

    private readonly DaemonSetup setup;
    private readonly TempFolder? ownHome;
    private LogHub? logs;
    private FangdServer? server;

    private InProcessDaemon(DaemonSetup setup)
    {
        this.setup = setup;
        ownHome = setup.Home is null ? new TempFolder() : null;
        Home = setup.Home ?? ownHome!.Root;
    }

    public string Home { get; }

    public string? ApiKey => setup.ApiKey;

    public Uri Address => Listener(0);

    public FangdServer Server => server ?? throw new InvalidOperationException("it does not run");

    public static async Task<InProcessDaemon> Start(DaemonSetup setup, CancellationToken cancel)
    {
        var daemon = new InProcessDaemon(setup);
        if (setup.Config.Length > 0)
            await File.WriteAllTextAsync(Path.Combine(daemon.Home, "config.toml"), setup.ConfigForAnyPort, cancel);
        try
        {
            await daemon.Launch(cancel);
            return daemon;
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    public Uri Listener(int index) => new($"http://{Server.Addresses[index]}");

    public async Task Stop(CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(DrainTime);
        await Server.Stop(deadline.Token);
        await Release();
    }

    public async Task WaitForEnd(CancellationToken cancel)
    {
        await Server.StopRequested.WaitAsync(cancel);
        await Stop(cancel);
    }

    public Task Restart(CancellationToken cancel) =>
        server is null ? Launch(cancel) : throw new InvalidOperationException("it still runs");

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await Stop(CancellationToken.None);
        else
            await Release();
        ownHome?.Dispose();
    }

    private async Task Launch(CancellationToken cancel)
    {
        var load = ConfigFile.Load(Home, null, Environment);
        if (load.Config is not { } config)
            throw new InvalidOperationException($"{load.File} cannot be used:\n{load.Problems}");
        logs = new LogHub(config.LogLevel, TextWriter.Null, isJournal: false, setup.Time);
        server = await FangdServer.Start(
            new ServerOptions
            {
                Config = config,
                ConfigFile = load.File,
                ConfigEntries = load.Entries,
                ConfigWarnings = [.. load.Problems.Warnings.Select(warning => warning.ToString())],
                Logs = logs,
                Build = new BuildFacts("0.0.0-test", "0000000", "2026-01-01"),
                Environment = Environment,
                Time = setup.Time,
            },
            cancel);
    }

    private async Task Release()
    {
        if (server is not null)
            await server.DisposeAsync();
        server = null;
        if (logs is not null)
            await logs.Drain();
        logs = null;
    }

    private string? Environment(string name)
    {
        if (setup.Environment.TryGetValue(name, out var value))
            return value;
        return name switch
        {
            "FANGD_LISTEN" when !setup.Config.Contains("{port}", StringComparison.Ordinal) => "127.0.0.1:0",
            "FANGD_HOME" => Home,
            "FANGD_API_KEY" => setup.ApiKey,
            _ => null,
        };
    }
}

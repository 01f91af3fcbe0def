using System.Runtime.InteropServices;
using Fangd.Server;
using Fangd.Server.Config;
using Fangd.Server.Health;
using Fangd.Server.Logs;

namespace Fangd;

/// <summary>The daemon in the foreground: configuration in, exit code out; in between signals, systemd and the drain.</summary>
internal static class Daemon
{
    private const int Ok = 0;
    private const int Failed = 1;
    private const int BadConfiguration = 2;

    /// <summary>A drain takes at most this long: systemd and people expect an answer to SIGTERM within ten seconds.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(8);

    /// <summary>Runs until SIGTERM, SIGINT, <c>POST /api/shutdown</c> or <paramref name="stopping"/>.</summary>
    public static async Task<int> Run(string? home, string? configFile, TextWriter error, CancellationToken stopping)
    {
        var load = ConfigFile.Load(home, configFile, Environment.GetEnvironmentVariable);
        if (load.Config is not { } config)
        {
            await error.WriteLineAsync($"{load.File} cannot be used:");
            await error.WriteLineAsync(load.Problems.ToString());
            return BadConfiguration;
        }

        var isJournal = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 };
        using var logs = new LogHub(config.LogLevel, error, isJournal, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var hurry = new CancellationTokenSource();
        using var terminate = Handle(PosixSignal.SIGTERM, stop, hurry);
        using var interrupt = Handle(PosixSignal.SIGINT, stop, hurry);
        var warnings = load.Problems.Warnings.Select(w => w.ToString()).ToList();
        foreach (var warning in warnings)
            await error.WriteLineAsync($"{load.File}: {warning}");
        var code = await Serve(config, home, load, warnings, logs, error, new StopSignals(stop.Token, hurry.Token));
        await logs.Drain();
        return code;
    }

    private static async Task<int> Serve(FangdConfig config, string? home, ConfigLoad load, IReadOnlyList<string> warnings, LogHub logs, TextWriter error, StopSignals signals)
    {
        FangdServer server;
        try
        {
            server = await FangdServer.Start(
                new ServerOptions
                {
                    Config = config,
                    HomeOverride = home,
                    ConfigFile = load.File,
                    ConfigEntries = load.Entries,
                    ConfigWarnings = warnings,
                    Logs = logs,
                    Build = new BuildFacts(BuildInfo.Version, BuildInfo.GitSha, BuildInfo.Date),
                    Environment = Environment.GetEnvironmentVariable,
                },
                signals.Stop);
        }
        catch (Exception refused) when (refused is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"fangd cannot start: {FileTrouble.Of(refused)}");
            return Failed;
        }

        await using (server)
        {
            var systemd = SystemdNotifier.FromEnvironment();
            systemd?.Notify("READY=1");
            await Task.WhenAny(server.StopRequested, WhenCancelled(signals.Stop));
            systemd?.Notify("STOPPING=1");
            using var deadline = new CancellationTokenSource(DrainTime, TimeProvider.System);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, signals.Hurry);
            await server.Stop(end.Token);
        }

        return Ok;
    }

    private static PosixSignalRegistration Handle(PosixSignal signal, CancellationTokenSource stop, CancellationTokenSource hurry) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            (stop.IsCancellationRequested ? hurry : stop).Cancel();
        });

    /// <summary>The first signal drains, the second one cuts what is left.</summary>
    private readonly record struct StopSignals(CancellationToken Stop, CancellationToken Hurry);

    private static Task WhenCancelled(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.UnsafeRegister(static t => ((TaskCompletionSource)t!).TrySetResult(), cancelled);
        return cancelled.Task;
    }
}

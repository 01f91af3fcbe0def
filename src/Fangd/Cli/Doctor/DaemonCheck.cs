using System.Text.Json;
using Fangd.Cli.Api;
using Fangd.Cli.Settings;

namespace Fangd.Cli.Doctor;

/// <summary>Asks the daemon how it is. Without one, the database is only looked at from outside: opening it is the daemon's business.</summary>
internal sealed class DaemonCheck(CommandContext context, ClientConfig config)
{
    private static ReadOnlySpan<byte> Magic => "SQLite format 3\0"u8;

    public bool IsRunning { get; private set; }

    /// <summary>The daemon's clock minus ours; null when it did not say.</summary>
    public TimeSpan? ClockLead { get; private set; }

    /// <summary>The default provider as the daemon has it; empty when it does not run.</summary>
    public string Provider { get; private set; } = "";

    public async Task<IReadOnlyList<Finding>> Look(CancellationToken aborted)
    {
        var findings = new List<Finding>();
        try
        {
            await Ask(findings, aborted);
        }
        catch (CommandException failure) when (failure.ExitCode == ExitCode.Unreachable)
        {
            findings.Add(Finding.Warning("daemon", failure.Message, failure.Hint));
        }
        catch (CommandException failure)
        {
            IsRunning = failure.ExitCode == ExitCode.Refused;
            findings.Add(Finding.Problem("daemon", failure.Message, failure.Hint ?? "see its log"));
        }
        if (!IsRunning && context.Address.IsLoopback)
            findings.Add(DatabaseFile(config));
        return findings;
    }

    private async Task Ask(List<Finding> findings, CancellationToken aborted)
    {
        using var detail = await context.Client.Get("api/health/detail", TimeSpan.FromSeconds(5), aborted);
        IsRunning = true;
        ClockLead = detail.Date - context.Host.Time.GetUtcNow();
        var status = detail.Root.Text("status");
        findings.Add(status is "ok" or "healthy"
            ? Finding.Ok("daemon", $"fangd runs at {context.Address.Shown} with {detail.Root.Number("agent_count")} agents")
            : Finding.Problem("daemon", $"fangd at {context.Address.Shown} says it is {status}", "see its log; restarting may help"));
        foreach (var warning in detail.Root.Items("config_warnings"))
            findings.Add(Finding.Warning("config", warning.GetString() ?? "", null));
        var database = detail.Root.Text("database");
        findings.Add(database == "connected"
            ? Finding.Ok("database", "fangd has it open")
            : Finding.Problem("database", $"fangd says: {database}", "see its log; a backup is in the data folder"));
        if (detail.Root.Field("vault") is { } vault)
            findings.Add(Vault(vault));
        using var about = await context.Client.Get("api/status", TimeSpan.FromSeconds(5), aborted);
        Provider = about.Root.Text("default_provider");
    }

    private static Finding Vault(JsonElement vault) => vault.Text("state") switch
    {
        "locked" => Finding.Problem("vault", $"the vault is locked: {vault.Text("error")}", "its file is left as it is; give fangd the right key and start it again"),
        "off" => Finding.Warning("vault", "the vault is off: keys cannot be set over the API", "fangd config set vault.enabled true"),
        var state => Finding.Ok("vault", $"{state}, its key comes from: {vault.Text("key_source")}"),
    };

    private static Finding DatabaseFile(ClientConfig config)
    {
        var path = config.Database;
        if (!File.Exists(path))
            return Finding.Ok("database", $"{path} is made at the first start");
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> head = stackalloc byte[16];
            var length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            return length == 0 || head[..length].SequenceEqual(Magic)
                ? Finding.Ok("database", $"{path} is there ({file.Length / 1024:N0} KiB)")
                : Finding.Problem("database", $"{path} is not a database", "restore it from a backup, or move it away to start anew");
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or IOException)
        {
            var (user, group) = FileOwner.OfThisProcess();
            return Finding.Problem("database", $"{path} cannot be opened for writing (we are uid {user}, owner uid {FileOwner.Of(path)?.ToString() ?? "unknown"})",
                $"sudo chown -R {user}:{group} {config.Home}");
        }
    }
}

using Fangd.Engine.Audit;
using Fangd.Server.Config;
using Fangd.Server.Events;
using Fangd.Server.Health;
using Fangd.Server.Logs;
using Fangd.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Fangd.Server;

/// <summary>What every feature is built on.</summary>
internal sealed record Foundation
{
    public required ServerOptions Options { get; init; }

    public required Database Database { get; init; }

    /// <summary>Makes ids: UUIDs of version 7.</summary>
    public required Func<string> NewId { get; init; }

    /// <summary>Chance for jitter: 0 to just below 1. Secrets take <c>RandomNumberGenerator</c>.</summary>
    public required Func<double> Chance { get; init; }

    public required EventLog Events { get; init; }

    /// <summary>Where what matters for security is taken down.</summary>
    public required IAuditTrail Audit { get; init; }

    public required DaemonHealth Health { get; init; }

    /// <summary>Set when the daemon begins to stop: background work ends then.</summary>
    public required CancellationToken Stopping { get; init; }

    public FangdConfig Config => Options.Config;

    public TimeProvider Time => Options.Time;

    public LogHub Logs => Options.Logs;

    public ILogger<T> Log<T>() => Logs.CreateLogger<T>();

    /// <summary>The path of a file in the daemon's home.</summary>
    public string InHome(string name) => Path.Combine(Config.HomeDir, name);
}

using System.Globalization;

namespace Fangd.TestKit;

/// <summary>What a daemon under test starts with.</summary>
public sealed record DaemonSetup
{
    /// <summary>
    /// The text of config.toml. <c>{port}</c>, <c>{port1}</c> and <c>{port2}</c> stand for three free ports in a row; without
    /// <c>{port}</c> the first listener is set from outside.
    /// </summary>
    public string Config { get; init; } = "";

    /// <summary>The daemon's home; null for a new folder that goes with the daemon. An existing config.toml stays when <see cref="Config"/> is empty.</summary>
    public string? Home { get; init; }

    public string? ApiKey { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The clock of a daemon in the test's process; the binary has its own.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>A program with its arguments that starts the binary in its own place, for a process with restrictions; empty for none.</summary>
    public IReadOnlyList<string> Launcher { get; init; } = [];

    /// <summary>How long the first 200 on /api/health may take.</summary>
    public TimeSpan StartsWithin { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>With any free port at each listener, for a daemon that can be asked which ones it took.</summary>
    internal string ConfigForAnyPort => Config
        .Replace("{port}", "0", StringComparison.Ordinal)
        .Replace("{port1}", "0", StringComparison.Ordinal)
        .Replace("{port2}", "0", StringComparison.Ordinal);

    internal string ConfigFor(int port) => Config
        .Replace("{port}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{port1}", (port + 1).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{port2}", (port + 2).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
}

using Fangd.Server.Config;
using Fangd.Server.Health;
using Fangd.Server.Logs;

namespace Fangd.Server;

/// <summary>What a server is started with.</summary>
public sealed record ServerOptions
{
    public required FangdConfig Config { get; init; }

    /// <summary>The file that run-time settings are written back to.</summary>
    public required string ConfigFile { get; init; }

    /// <summary>The home that the command line named, or null.</summary>
    public string? HomeOverride { get; init; }

    /// <summary>The keys of <see cref="Config"/>, to tell later what changed.</summary>
    public required IReadOnlyList<ConfigEntry> ConfigEntries { get; init; }

    public required IReadOnlyList<string> ConfigWarnings { get; init; }

    public required LogHub Logs { get; init; }

    public required BuildFacts Build { get; init; }

    /// <summary>Reads an environment variable; tests pass their own.</summary>
    public required Func<string, string?> Environment { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

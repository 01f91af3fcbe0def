using Fangd.Server.Providers.Resilience;
using Fangd.Server.Runs;
using Fangd.Server.Storage;
using Fangd.Server.Vault;

namespace Fangd.Server.Health;

/// <summary>What the binary was built from.</summary>
public sealed record BuildFacts(string Version, string GitSha, string Date);

/// <summary>Where things lie.</summary>
internal sealed record DaemonPaths(string Home, string Data, string Workspaces);

/// <summary>What the daemon can say of itself.</summary>
internal sealed record SystemFacts
{
    public required BuildFacts Build { get; init; }
    public required DaemonPaths Paths { get; init; }
    public required DaemonHealth Health { get; init; }
    public required Database Database { get; init; }
    public required RunQueue Runs { get; init; }
    public required ProviderCircuits Circuits { get; init; }
    public required ModelChains Chains { get; init; }
    public required SecretVault Vault { get; init; }
    public required string LogLevel { get; init; }
    public required bool IsNetworkEnabled { get; init; }
    public required bool IsApiKeySet { get; init; }
    public required IReadOnlyList<string> ConfigWarnings { get; init; }

    /// <summary>Starts after a daemon that was killed or crashed.</summary>
    public required int Restarts { get; init; }

    /// <summary>Runs that the last process left in flight.</summary>
    public required int InterruptedRuns { get; init; }

    /// <summary>Begins the drain; returns at once.</summary>
    public required Action RequestStop { get; init; }

    /// <summary>Whether the database answers a read right now.</summary>
    public bool CanRead()
    {
        try
        {
            return Database.Read(sql => sql.Number("SELECT 1")) == 1;
        }
        catch (SqlException)
        {
            return false;
        }
    }
}

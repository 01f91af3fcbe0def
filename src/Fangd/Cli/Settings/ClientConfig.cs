using System.Net;
using Fangd.Server.Config;
using Fangd.Toml;

namespace Fangd.Cli.Settings;

/// <summary>What the commands need of the configuration: read by the daemon's own reader, and usable when it has faults.</summary>
internal sealed class ClientConfig
{
    private static readonly IPEndPoint Usual = new(IPAddress.Loopback, 4545);

    private readonly Whereabouts whereabouts;
    private readonly ConfigLoad load;

    private ClientConfig(Whereabouts whereabouts)
    {
        this.whereabouts = whereabouts;
        load = ConfigFile.Load(whereabouts.NamedHome, whereabouts.NamedConfig, whereabouts.Variable);
        Exists = File.Exists(load.File);
        Home = load.Config?.HomeDir ?? whereabouts.Home;
        Database = Path.Combine(load.Config?.DataDir ?? Path.Combine(Home, "data"), "fangd.db");
        Listeners = load.Config is { } config ? [.. config.Listeners.Select(listener => listener.Address)] : [ListenerOfFaulty()];
        ApiKey = load.Config is { } sound ? sound.ApiKey?.Reveal() : KeyOfFaulty();
    }

    public string ConfigPath => load.File;
    public bool Exists { get; }
    public bool IsNamed => whereabouts.NamedConfig is not null;
    public string Home { get; }
    public string Database { get; }

    /// <summary>At least one.</summary>
    public IReadOnlyList<IPEndPoint> Listeners { get; }

    public string? ApiKey { get; }
    public Problems Problems => load.Problems;
    public IReadOnlyList<ConfigEntry> Entries => load.Entries;
    public DefaultModelConfig? DefaultModel => load.Config?.DefaultModel;

    public static ClientConfig Read(Whereabouts whereabouts) => new(whereabouts);

    // A daemon that runs was started with a sound file; a slip in it since then must not keep "fangd stop" from reaching it.
    private IPEndPoint ListenerOfFaulty()
    {
        foreach (var entry in load.Entries)
            if (entry.KeyPath is "api_listen" or "listener[0].address" && IPEndPoint.TryParse(entry.Value.Trim('"'), out var address))
                return address;
        return Usual;
    }

    private string? KeyOfFaulty()
    {
        if (whereabouts.Variable("FANGD_API_KEY") is { } set)
            return set;
        try
        {
            return Exists && TomlReader.Read(File.ReadAllBytes(load.File)).Root.GetString("api_key") is { Length: > 0 } key ? key : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

using Fangd.Toml;

namespace Fangd.Server.Config;

/// <summary>What all sections of one text share while it is read.</summary>
internal sealed record ReadScope(Problems Problems)
{
    /// <summary>Otherwise they are warnings: manifests of other systems have keys of their own.</summary>
    public bool UnknownKeysAreFaults { get; init; }

    /// <summary>Where every key read is listed, or null when nobody asks.</summary>
    public List<ConfigEntry>? Entries { get; init; }

    /// <summary>Values of top-level keys that the environment sets, with the variable's name.</summary>
    public IReadOnlyDictionary<string, EnvironmentValue> Overrides { get; init; } = new Dictionary<string, EnvironmentValue>();
}

internal sealed record EnvironmentValue(string Variable, TomlString Value);

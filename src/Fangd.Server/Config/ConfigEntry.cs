namespace Fangd.Server.Config;

/// <summary>One key of the configuration in force, for people who ask what applies and why.</summary>
/// <param name="KeyPath">Dotted, elements of arrays by index: <c>listener[0].address</c>.</param>
/// <param name="Type"><c>string</c>, <c>integer</c>, <c>float</c>, <c>boolean</c> or <c>list</c>.</param>
/// <param name="Value">As TOML text; a secret is <c>"***"</c>; empty when it is not set and has no default.</param>
/// <param name="Default">As TOML text, empty when there is none.</param>
/// <param name="Origin"><c>default</c>, <c>config.toml:LINE</c> or the name of the environment variable.</param>
public sealed record ConfigEntry(string KeyPath, string Type, string Value, string Default, string Origin);

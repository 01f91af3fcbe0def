namespace Fangd.Toml;

/// <summary>An edit that cannot be made: the text is not TOML, or the path leads through something that is not a table.</summary>
public sealed class TomlException(string message) : Exception(message);

namespace Fangd.Toml;

/// <summary>A place in a text: line and column from 1, columns in UTF-16 units. 0, 0 for a value that was not read from text.</summary>
public readonly record struct TomlPosition(int Line, int Column);

namespace Fangd.Toml;

/// <summary>One thing that is wrong with a text. <paramref name="KeyPath"/> is the key that was being read, empty when none was.</summary>
public sealed record TomlFault(int Line, int Column, string KeyPath, string Message);

/// <summary>What a text says. With faults, <paramref name="Root"/> holds what could be read all the same.</summary>
public sealed record TomlDocument(TomlTable Root, IReadOnlyList<TomlFault> Faults);

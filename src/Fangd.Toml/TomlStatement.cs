namespace Fangd.Toml;

/// <summary>
/// A header or a key with its value as it stands in the text. Recorded for the editor only. Paths are complete from
/// the root, with the index of the element where they go through an array of tables.
/// </summary>
internal sealed record TomlStatement(string[] Section, string[] Path, int LineStart, int Start, int End)
{
    /// <summary>Null for a header.</summary>
    public TomlValue? Value { get; init; }

    /// <summary>After the line end of the statement and its comment.</summary>
    public int LineEnd { get; set; }

    public bool IsHeader => Value is null;

    /// <summary>Is this statement in the subtree of <paramref name="prefix"/>?</summary>
    public bool IsUnder(ReadOnlySpan<string> prefix) => Path.AsSpan().StartsWith(prefix);
}

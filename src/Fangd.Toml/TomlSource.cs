using System.Globalization;

namespace Fangd.Toml;

/// <summary>A text together with what it says and where: what an edit looks at.</summary>
internal sealed record TomlSource(string Text, TomlTable Root, List<TomlStatement> Statements)
{
    public string Newline { get; } = Text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";

    /// <exception cref="TomlException">The text has faults.</exception>
    public static TomlSource Read(string text)
    {
        var statements = new List<TomlStatement>();
        var document = TomlReader.Read(text, statements);
        if (document.Faults is [var fault, ..])
            throw new TomlException($"line {fault.Line}, column {fault.Column}: {fault.Message}");
        return new TomlSource(text, document.Root, statements);
    }

    public string Splice(int start, int end, string with) => string.Concat(Text.AsSpan(0, start), with, Text.AsSpan(end));

    /// <summary>The index a path part stands for in an array, or -1.</summary>
    public static int Index(string part) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : -1;

    /// <summary>A complete path as a header names it: without the indexes of arrays of tables.</summary>
    public List<string> HeaderKeys(ReadOnlySpan<string> path)
    {
        var keys = new List<string>(path.Length);
        TomlValue value = Root;
        foreach (var part in path)
        {
            if (value is TomlArray array)
            {
                value = array.Items[Index(part)];
                continue;
            }

            keys.Add(part);
            value = ((TomlTable)value).TryGet(part, out var child) ? child : value;
        }

        return keys;
    }
}

using System.Text;

namespace Fangd.Toml;

/// <summary>Keys as text: quoted where they have to be, joined with dots.</summary>
public static class TomlKey
{
    /// <summary>One key as it stands in TOML.</summary>
    public static string Write(string key) => IsBare(key) ? key : TomlWriter.Quote(key);

    /// <summary>A path as a dotted key.</summary>
    public static string Join(IEnumerable<string> path)
    {
        var text = new StringBuilder();
        foreach (var part in path)
        {
            if (text.Length > 0)
                text.Append('.');
            text.Append(Write(part));
        }

        return text.ToString();
    }

    /// <summary>The parts of a dotted key, or null when the text is none.</summary>
    public static IReadOnlyList<string>? Parse(string dotted)
    {
        var scanner = new TomlScanner(dotted);
        scanner.SkipBlanks();
        if (!scanner.ReadKey(scanner.Path))
            return null;
        scanner.SkipBlanks();
        return scanner.AtEnd ? [.. scanner.Path.Select(part => part.Name)] : null;
    }

    internal static bool IsBare(string key)
    {
        foreach (var c in key)
        {
            if (!IsBareCharacter(c))
                return false;
        }

        return key.Length > 0;
    }

    internal static bool IsBareCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
}

using System.Buffers;
using System.Text;

namespace Fangd.Cli.Output;

/// <summary>Text without what a terminal would obey.</summary>
internal static class PlainText
{
    private static readonly SearchValues<char> Controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7f, 0x21)).Select(code => (char)code).Where(character => character is not ('\n' or '\t'))]);

    public static string Of(string text)
    {
        if (text.AsSpan().IndexOfAny(Controls) < 0)
            return text;
        var plain = new StringBuilder(text.Length);
        foreach (var character in text)
            if (!Controls.Contains(character))
                plain.Append(character);
        return plain.ToString();
    }
}

using System.Text;
using System.Text.Json;

namespace Fangd.Engine.Approvals;

/// <summary>A call in one line, for the person who decides about it.</summary>
public static class CallText
{
    /// <summary>Longest description of a request, in characters.</summary>
    public const int MostDescription = 1024;

    private static readonly string[] Telling = ["command", "path", "url", "query", "message"];

    /// <summary>The tool with the argument that tells most, or with all of them as JSON; at most <see cref="MostDescription"/> characters.</summary>
    public static string Describe(string tool, JsonElement arguments)
    {
        var detail = arguments.GetRawText();
        foreach (var name in Telling)
        {
            if (arguments.ValueKind != JsonValueKind.Object || !arguments.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
                continue;
            detail = value.GetString()!;
            break;
        }

        return Shorten($"{tool}: {OneLine(detail)}", MostDescription);
    }

    /// <summary>Cuts a text to so many characters, never through one of them.</summary>
    public static string Shorten(string text, int most)
    {
        if (text.Length <= most)
            return text;
        var end = char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1;
        return string.Concat(text.AsSpan(0, end), "…");
    }

    /// <summary>Control characters could paint over what a terminal shows, so that another command is approved than the one that runs.</summary>
    private static string OneLine(string text)
    {
        if (!text.Any(IsUnseen))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (var symbol in text)
            clean.Append(IsUnseen(symbol) ? '\uFFFD' : symbol);
        return clean.ToString();
    }

    private static bool IsUnseen(char symbol) => char.IsControl(symbol) || symbol is '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}

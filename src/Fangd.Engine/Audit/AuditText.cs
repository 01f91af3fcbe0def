using System.Text;

namespace Fangd.Engine.Audit;

/// <summary>Text of others, made fit for an entry.</summary>
public static class AuditText
{
    /// <summary>
    /// At most <paramref name="most"/> characters, none of them a control character or half of one: what is hashed has to be what storage
    /// gives back, byte by byte, and it ends texts at NUL and turns halves into other characters.
    /// </summary>
    public static string OneLine(string text, int most)
    {
        var end = Math.Min(text.Length, most);
        if (end < text.Length && char.IsHighSurrogate(text[end - 1]))
            end--;
        var isClean = true;
        for (var i = 0; i < end && isClean; i++)
            isClean = !char.IsControl(text[i]) && !char.IsSurrogate(text[i]);
        if (isClean && end == text.Length)
            return text;

        var clean = new StringBuilder(end + 1);
        foreach (var rune in text.AsSpan(0, end).EnumerateRunes())
            clean.Append(Rune.IsControl(rune) ? " " : rune.ToString());
        if (end < text.Length)
            clean.Append('…');
        return clean.ToString();
    }
}

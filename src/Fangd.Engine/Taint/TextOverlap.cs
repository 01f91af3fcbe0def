using System.Text;

namespace Fangd.Engine.Taint;

/// <summary>
/// Whether a text repeats a part of another one. White space and case do not count, because models lay out anew what they copy. Linear in
/// both lengths.
/// </summary>
internal static class TextOverlap
{
    /// <summary>Shorter texts say nothing about where they came from.</summary>
    private const int Least = 8;

    private const ulong Factor = 0x100000001B3;

    /// <summary>
    /// True when all of <paramref name="copy"/>, from 8 characters on, stands in <paramref name="source"/>, or a stretch of at least
    /// <paramref name="stretch"/> characters of it does.
    /// </summary>
    public static bool Exists(string copy, string source, int stretch)
    {
        var (wanted, text) = (Fold(copy), Fold(source));
        if (wanted.Length < Least || text.Length < Least)
            return false;
        if (wanted.Length <= stretch)
            return text.Contains(wanted, StringComparison.Ordinal);

        var windows = new HashSet<ulong>(wanted.Length);
        foreach (var (hash, _) in Windows(wanted, stretch))
            windows.Add(hash);
        foreach (var (hash, start) in Windows(text, stretch))
        {
            // Two different windows may share a hash; only what really stands there counts.
            if (windows.Contains(hash) && wanted.AsSpan().Contains(text.AsSpan(start, stretch), StringComparison.Ordinal))
                return true;
        }
        return false;
    }

    private static IEnumerable<(ulong Hash, int Start)> Windows(string text, int length)
    {
        if (text.Length < length)
            yield break;
        var (hash, top) = (0UL, 1UL);
        for (var i = 0; i < length; i++)
        {
            hash = hash * Factor + text[i];
            if (i > 0)
                top *= Factor;
        }
        yield return (hash, 0);
        for (var i = length; i < text.Length; i++)
        {
            hash = (hash - text[i - length] * top) * Factor + text[i];
            yield return (hash, i - length + 1);
        }
    }

    private static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var symbol in text)
        {
            if (!char.IsWhiteSpace(symbol))
                folded.Append(char.ToLowerInvariant(symbol));
        }
        return folded.ToString();
    }
}

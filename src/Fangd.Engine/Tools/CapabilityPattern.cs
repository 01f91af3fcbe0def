namespace Fangd.Engine.Tools;

/// <summary>
/// The patterns of capabilities: a literal, or one <c>*</c> that stands for any text, at the start, at the end or between.
/// A pattern with more stars matches nothing, so that a mistake grants nothing. Case counts.
/// </summary>
public static class CapabilityPattern
{
    /// <summary>Whether <paramref name="pattern"/> covers <paramref name="value"/>; linear in their lengths.</summary>
    public static bool Matches(string pattern, string value)
    {
        var star = pattern.IndexOf('*');
        if (star < 0)
            return string.Equals(pattern, value, StringComparison.Ordinal);

        var head = pattern.AsSpan(0, star);
        var tail = pattern.AsSpan(star + 1);
        return !tail.Contains('*')
            && value.Length >= head.Length + tail.Length
            && value.AsSpan().StartsWith(head, StringComparison.Ordinal)
            && value.AsSpan().EndsWith(tail, StringComparison.Ordinal);
    }

    /// <summary>Whether any of the patterns covers <paramref name="value"/>; false for no patterns.</summary>
    public static bool MatchesAny(IReadOnlyList<string> patterns, string value)
    {
        for (var i = 0; i < patterns.Count; i++)
        {
            if (Matches(patterns[i], value))
                return true;
        }
        return false;
    }
}

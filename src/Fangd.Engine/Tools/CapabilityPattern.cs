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

    /// <summary>
    /// Whether every text that <paramref name="inner"/> covers is covered by <paramref name="outer"/> too. Patterns are compared as sets:
    /// read as a literal, a child's <c>*</c> would pass as one more name.
    /// </summary>
    public static bool Includes(string outer, string inner)
    {
        var star = inner.IndexOf('*');
        if (star < 0)
            return Matches(outer, inner);
        var (head, tail) = (inner[..star], inner[(star + 1)..]);
        // It covers nothing, so it would be included in anything; what makes no sense is refused instead.
        if (tail.Contains('*'))
            return false;
        var wide = outer.IndexOf('*');
        return wide >= 0
            && !outer.AsSpan(wide + 1).Contains('*')
            && head.AsSpan().StartsWith(outer.AsSpan(0, wide), StringComparison.Ordinal)
            && tail.AsSpan().EndsWith(outer.AsSpan(wide + 1), StringComparison.Ordinal);
    }

    /// <summary>Whether one of the patterns includes all of <paramref name="inner"/>.</summary>
    public static bool AnyIncludes(IReadOnlyList<string> outer, string inner)
    {
        for (var i = 0; i < outer.Count; i++)
        {
            if (Includes(outer[i], inner))
                return true;
        }
        return false;
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

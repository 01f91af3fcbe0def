namespace Fangd.Server.Config;

/// <summary>Guesses what a misspelled word was meant to be.</summary>
internal static class Nearest
{
    private const int LongestWord = 48;
    private const int ShortestStem = 4;

    /// <summary>The candidate with the fewest edits, else one that was cut short, or null when all are too far.</summary>
    public static string? Of(string word, IEnumerable<string> candidates)
    {
        if (word.Length > LongestWord)
            return null;

        string? best = null;
        var fewest = Math.Max(1, word.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            var edits = Distance(word.ToLowerInvariant(), candidate);
            if (edits < fewest)
                (fewest, best) = (edits, candidate);
        }

        return best ?? (word.Length < ShortestStem ? null : candidates.FirstOrDefault(candidate => candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>", did you mean X?" or nothing.</summary>
    public static string Hint(string word, IEnumerable<string> candidates) => Of(word, candidates) is { } best ? $", did you mean {best}?" : "";

    /// <summary>Levenshtein, where two neighbours that changed places count as one edit.</summary>
    private static int Distance(string a, string b)
    {
        if (b.Length > LongestWord)
            return int.MaxValue;

        Span<int> before = stackalloc int[LongestWord + 1];
        Span<int> last = stackalloc int[LongestWord + 1];
        Span<int> row = stackalloc int[LongestWord + 1];
        for (var j = 0; j <= b.Length; j++)
            last[j] = j;

        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }

            last.CopyTo(before);
            row.CopyTo(last);
        }

        return last[b.Length];
    }
}

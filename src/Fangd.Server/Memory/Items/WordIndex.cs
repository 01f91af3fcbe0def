using Fangd.Server.Storage;

namespace Fangd.Server.Memory.Items;

/// <summary>
/// Finds memories by words. The full-text index's own ranking reads the lists of every word to their ends, over all agents, before the
/// first hit; a frequent word among 100,000 memories costs 100 ms that way. Here each word gives its newest matches in the range, at most
/// <see cref="MostPerWord"/>, and a rare word weighs more than a frequent one (the inverse document frequency of BM25): the cost
/// is bounded by the question, whatever is stored.
/// </summary>
internal static class WordIndex
{
    /// <summary>Matches of one word that are looked at.</summary>
    private const int MostPerWord = 1000;

    /// <summary>Words of a question that are looked up.</summary>
    private const int MostWords = 16;

    /// <summary>
    /// Memories that are imagined to have none of the words: among a handful of real ones a word that happens to be in all of them is
    /// not yet a frequent word.
    /// </summary>
    private const int Unseen = 100;

    private const string Matches =
        "SELECT rowid FROM memory_text WHERE memory_text MATCH $phrase AND rowid BETWEEN $first AND $last ORDER BY rowid DESC LIMIT $most";

    /// <summary>The best matches first: the key, and the share of the question's weight that the memory covers, above 0 to 1.</summary>
    /// <param name="sql">A reader.</param>
    /// <param name="question">What somebody wrote.</param>
    /// <param name="range">Where to look.</param>
    /// <param name="held">How many memories there are in the range.</param>
    /// <param name="most">Most matches to return.</param>
    public static List<ScoredKey> Find(SqlSession sql, string question, KeyRange range, long held, int most)
    {
        var phrases = Chosen(IndexedWords.Phrases(question));
        if (phrases.Count == 0)
            return [];
        var scores = new Dictionary<long, double>();
        double all = 0;
        var frequent = 0;
        foreach (var phrase in phrases)
        {
            var keys = Keys(sql, phrase, range);
            if (keys.Count == MostPerWord)
                frequent++;
            var weight = Weight(keys.Count, held);
            all += weight;
            foreach (var key in keys)
                scores[key] = scores.GetValueOrDefault(key) + weight;
        }

        // Of frequent words alone the newest matches say little; those that have all of them say more.
        if (frequent == phrases.Count && frequent > 1)
        {
            foreach (var key in Keys(sql, string.Join(' ', phrases), range))
                scores[key] = all;
        }

        var best = new TopKeys(most);
        foreach (var (key, score) in scores)
            best.Offer(key, score / all);
        return best.Sorted();
    }

    private static List<long> Keys(SqlSession sql, string phrase, KeyRange range) =>
        sql.All(Matches, static r => r.Whole(0), phrase, range.First, range.Last, MostPerWord);

    /// <summary>A word that nobody wrote yet weighs most: what covers the rest covers little of the question.</summary>
    private static double Weight(int matches, long held)
    {
        // Of a word that was not counted to its end it is only known that it is frequent.
        var frequency = matches == MostPerWord ? Math.Max(matches, held / 4.0) : matches;
        return Math.Log(1 + ((held + Unseen - frequency + 0.5) / (frequency + 0.5)));
    }

    private static List<string> Chosen(List<string> phrases)
    {
        var telling = phrases.Where(phrase => !FillerWords.Contain(phrase)).ToList();
        if (telling.Count == 0)
            telling = phrases;
        // Long words are the rarer ones; in a long message they are what it is about.
        return telling.Count <= MostWords ? telling : [.. telling.OrderByDescending(phrase => phrase.Length).Take(MostWords)];
    }
}

using System.Globalization;
using System.Text;

namespace Fangd.Server.Memory.Items;

/// <summary>
/// Words as the index knows them. Its tokenizer takes a run of Chinese or Japanese for one word and drops emoji, so here each such
/// character is set apart, and an emoji is written as a word.
/// </summary>
internal static class IndexedWords
{
    /// <summary>What is to be indexed for a text; null where that is the text itself.</summary>
    public static string? Of(string text)
    {
        var isPlain = true;
        foreach (var rune in text.EnumerateRunes())
            isPlain &= !IsApart(rune) && !IsPicture(rune);
        if (isPlain)
            return null;
        var words = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsApart(rune))
                words.Append(' ').Append(rune).Append(' ');
            else if (IsPicture(rune))
                words.Append(' ').Append(Named(rune)).Append(' ');
            else
                words.Append(rune);
        }

        return words.ToString();
    }

    /// <summary>
    /// The words of a question, each as a phrase of the query language and in quotes, so that nothing a user writes is an operator. Twice
    /// the same word counts once. Where a script has no blanks, each two characters in a row are a word.
    /// </summary>
    public static List<string> Phrases(string text)
    {
        var phrases = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var word = new StringBuilder();
        var run = new List<Rune>();
        foreach (var rune in text.EnumerateRunes())
        {
            var isApart = IsApart(rune);
            var isLetter = !isApart && IsLetter(rune);
            if (!isLetter)
                EndWord();
            if (!isApart)
                EndRun();
            if (isApart)
                run.Add(rune);
            else if (isLetter)
                word.Append(Rune.ToLowerInvariant(rune));
            else if (IsPicture(rune))
                Take(Named(rune));
        }

        EndWord();
        EndRun();
        return phrases;

        void EndWord()
        {
            if (word.Length > 0)
                Take(word.ToString());
            word.Clear();
        }

        void EndRun()
        {
            if (run.Count == 1)
                Take(run[0].ToString());
            for (var i = 1; i < run.Count; i++)
                Take($"{run[i - 1]} {run[i]}");
            run.Clear();
        }

        void Take(string words)
        {
            if (seen.Add(words))
                phrases.Add($"\"{words}\"");
        }
    }

    private static string Named(Rune rune) => string.Create(CultureInfo.InvariantCulture, $"u{rune.Value:x}");

    /// <summary>What the tokenizer keeps within a word: letters, numbers, marks and characters of private use.</summary>
    private static bool IsLetter(Rune rune) => Rune.GetUnicodeCategory(rune)
        is <= UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber or UnicodeCategory.PrivateUse;

    /// <summary>Scripts without blanks between words: Thai to Khmer, kana, the ideographs.</summary>
    private static bool IsApart(Rune rune) => rune.Value is
        (>= 0x0E00 and <= 0x0EFF) or (>= 0x1780 and <= 0x17FF) or (>= 0x3040 and <= 0x30FF) or (>= 0x3400 and <= 0x4DBF)
        or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x323AF)
        && IsLetter(rune);

    private static bool IsPicture(Rune rune) => rune.Value >= 0x2190 && Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol;
}

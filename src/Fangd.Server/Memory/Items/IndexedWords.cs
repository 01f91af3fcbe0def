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
    /// the same word counts once.
    /// </summary>
    public static List<string> Phrases(string text)
    {
        var phrases = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var word = new StringBuilder();
        var isApart = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var (apart, picture) = (IsApart(rune), IsPicture(rune));
            if (word.Length > 0 && (picture || apart != isApart || !(apart || IsLetter(rune))))
                Take();
            if (picture)
                word.Append(Named(rune));
            else if (apart)
                word.Append(word.Length > 0 ? " " : "").Append(rune);
            else if (IsLetter(rune))
                word.Append(Rune.ToLowerInvariant(rune));
            isApart = apart;
            if (picture)
                Take();
        }

        if (word.Length > 0)
            Take();
        return phrases;

        void Take()
        {
            var phrase = $"\"{word}\"";
            word.Clear();
            if (seen.Add(phrase))
                phrases.Add(phrase);
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

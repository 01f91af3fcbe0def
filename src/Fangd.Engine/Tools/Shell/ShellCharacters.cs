using System.Globalization;
using System.Text;

namespace Fangd.Engine.Tools.Shell;

/// <summary>
/// Characters that make a command look like another one to the person who approves it: controls, marks that turn the direction of the text,
/// blanks and letters that are not what they seem.
/// </summary>
internal static class ShellCharacters
{
    /// <summary>Refuses what must not be anywhere in a command, not even in quotes.</summary>
    public static void Check(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '\n' or '\r' or '\t')
                continue;
            var isRefused = rune == Rune.ReplacementChar
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                || rune.Value is 0x200B or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2060 and <= 0x2069) or 0xFEFF;
            if (isRefused)
                throw new CommandRefusal(string.Create(CultureInfo.InvariantCulture, $"the command has the invisible character U+{rune.Value:X4}"));
        }
    }
}

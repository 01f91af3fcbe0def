using System.Globalization;
using System.Text;

namespace Fangd.Engine.Taint;

/// <summary>
/// Finds what identifies or reaches a person and can be told with certainty: e-mail addresses, payment cards (ISO/IEC 7812, with their check
/// digit), IBANs (ISO 13616, with theirs) and phone numbers in international form (E.164). What is only likely is left alone: a refusal that
/// is wrong costs more than one that is missing, since results of tools that show personal data are labelled anyway.
/// </summary>
public static class PersonalData
{
    private const int ShortestCard = 13;
    private const int LongestCard = 19;
    private const int ShortestPhone = 8;
    private const int LongestPhone = 15;

    /// <summary>Country and length, of the countries that use IBANs most.</summary>
    private const string IbanLengths =
        "AD24AE23AL28AT20BA20BE16BG22BR29CH21CY28CZ24DE22DK18EE20ES24FI18FR27GB22GE22GI23GR27HR21HU28IE22IL23IS26IT27KW30LI21LT20LU20LV21MC27MD24"
        + "ME22MK19MT31NL18NO15PL28PT25QA29RO24RS22SA24SE24SI19SK24SM27TR26UA29XK20";

    /// <summary>The values in one form each, so that two ways of writing one are equal. Linear in the text.</summary>
    public static HashSet<string> Find(string text)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '@')
                Mail(text, i, found);
            else if (text[i] == '+' && IsBegin(text, i))
                Number(text, i + 1, ShortestPhone, LongestPhone, IsPhoneGap, "+", static _ => true, found);
            else if (text[i] is >= '3' and <= '6' && IsBegin(text, i) && !IsGroup(text, i))
                Number(text, i, ShortestCard, LongestCard, static gap => gap is ' ' or '-', "", HasCheckDigit, found);
            else if (char.IsAsciiLetterUpper(text[i]) && IsBegin(text, i))
                Iban(text, i, found);
        }

        return found;
    }

    /// <summary>Numbers with three decimals and more: coordinates, where a text is known to tell of a place.</summary>
    public static HashSet<string> Places(string text)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        for (var dot = text.IndexOf('.'); dot >= 0; dot = text.IndexOf('.', dot + 1))
        {
            var (first, last) = (dot, dot + 1);
            while (first > 0 && char.IsAsciiDigit(text[first - 1]))
                first--;
            while (last < text.Length && char.IsAsciiDigit(text[last]))
                last++;
            if (first < dot && last - dot > 3)
                found.Add(text[first..last].TrimEnd('0'));
        }

        return found;
    }

    private static void Mail(string text, int at, HashSet<string> found)
    {
        var (first, last) = (at, at + 1);
        while (first > 0 && (char.IsAsciiLetterOrDigit(text[first - 1]) || text[first - 1] is '.' or '_' or '-' or '+'))
            first--;
        while (last < text.Length && (char.IsAsciiLetterOrDigit(text[last]) || text[last] is '.' or '-'))
            last++;
        var domain = text[(at + 1)..last].TrimEnd('.', '-');
        var dot = domain.LastIndexOf('.');
        // The last label is a top-level domain: letters, two at least. That keeps "user@host" and "lib@1.2.3" out.
        if (first < at && dot > 0 && domain.Length - dot > 2 && domain.AsSpan(dot + 1).IndexOfAnyExceptInRange('A', 'z') < 0)
            found.Add($"{text[first..at].TrimStart('.', '-', '+')}@{domain}".ToLowerInvariant());
    }

    private static void Number(
        string text, int from, int least, int most, Func<char, bool> isGap, string prefix, Func<ReadOnlySpan<char>, bool> isSound, HashSet<string> found)
    {
        Span<char> digits = stackalloc char[most];
        var (count, i) = (0, from);
        for (; i < text.Length; i++)
        {
            if (char.IsAsciiDigit(text[i]))
            {
                if (count == most)
                    return;
                digits[count++] = text[i];
            }
            else if (count == 0 || !isGap(text[i]) || i + 1 == text.Length || !(char.IsAsciiDigit(text[i + 1]) || isGap(text[i + 1])))
            {
                break;
            }
        }

        if (count >= least && (i == text.Length || !char.IsLetter(text[i])) && isSound(digits[..count]))
            found.Add(string.Concat(prefix, digits[..count]));
    }

    private static bool IsPhoneGap(char gap) => gap is ' ' or '-' or '.' or '(' or ')' or '/';

    /// <summary>The formula of Luhn.</summary>
    private static bool HasCheckDigit(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            if (i % 2 == 1)
                digit = digit > 4 ? (digit * 2) - 9 : digit * 2;
            sum += digit;
        }

        return sum % 10 == 0;
    }

    private static void Iban(string text, int from, HashSet<string> found)
    {
        if (from + 4 > text.Length || !char.IsAsciiDigit(text[from + 2]) || !char.IsAsciiDigit(text[from + 3]))
            return;
        var length = 0;
        for (var i = 0; i < IbanLengths.Length; i += 4)
        {
            if (IbanLengths.AsSpan(i, 2).SequenceEqual(text.AsSpan(from, 2)))
                length = int.Parse(IbanLengths.AsSpan(i + 2, 2), CultureInfo.InvariantCulture);
        }

        var iban = new StringBuilder(length);
        var at = from;
        for (; at < text.Length && iban.Length < length; at++)
        {
            if (char.IsAsciiLetterOrDigit(text[at]))
                iban.Append(char.ToUpperInvariant(text[at]));
            else if (text[at] != ' ')
                break;
        }

        if (length > 0 && iban.Length == length && (at == text.Length || !char.IsAsciiLetterOrDigit(text[at])) && IsMod97(iban.ToString()))
            found.Add(iban.ToString());
    }

    /// <summary>ISO 7064 MOD 97-10 over the number that the letters stand for, the first four characters last.</summary>
    private static bool IsMod97(string iban)
    {
        var rest = 0;
        for (var i = 0; i < iban.Length; i++)
        {
            var symbol = iban[(i + 4) % iban.Length];
            rest = char.IsAsciiDigit(symbol) ? ((rest * 10) + symbol - '0') % 97 : ((rest * 100) + symbol - 'A' + 10) % 97;
        }

        return rest == 1;
    }

    /// <summary>A group of a longer number, as of an IBAN.</summary>
    private static bool IsGroup(string text, int at) => at > 1 && (text[at - 1] is ' ' or '-') && char.IsAsciiDigit(text[at - 2]);

    private static bool IsBegin(string text, int at) => at == 0 || !(char.IsLetterOrDigit(text[at - 1]) || text[at - 1] is '.' or '+');
}

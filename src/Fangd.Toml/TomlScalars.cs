using System.Globalization;

namespace Fangd.Toml;

/// <summary>Values without quotes: booleans, numbers, dates.</summary>
internal static class TomlScalars
{
    /// <summary>Reads the word at the scanner's place; null after a fault.</summary>
    public static TomlValue? Read(TomlScanner scanner)
    {
        var start = scanner.At;
        var text = scanner.Text;
        SkipWord(scanner);

        // "1979-05-27 07:32:00" is one value although it has a blank in it.
        if (scanner.At - start == 10 && text[start + 4] == '-' && scanner.Current == ' ' && char.IsAsciiDigit(scanner.Ahead(1)))
        {
            scanner.At++;
            SkipWord(scanner);
        }

        var word = text.AsSpan(start, scanner.At - start);
        if (word.IsEmpty)
        {
            scanner.Fault(start, $"expected a value, found {scanner.Describe()}");
            return null;
        }

        var value = Parse(word, out var reason);
        if (value is null)
            scanner.Fault(start, reason);
        return value;
    }

    private static void SkipWord(TomlScanner scanner)
    {
        var text = scanner.Text;
        var at = scanner.At;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '-' or '+' or '.' or ':'))
            at++;
        scanner.At = at;
    }

    private static TomlValue? Parse(ReadOnlySpan<char> word, out string reason)
    {
        reason = "";
        if (word is "true")
            return new TomlBoolean(true);
        if (word is "false")
            return new TomlBoolean(false);

        var unsigned = word[0] is '+' or '-' ? word[1..] : word;
        if (unsigned is "inf")
            return new TomlFloat(word[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity);
        if (unsigned is "nan")
            return new TomlFloat(double.NaN);

        if (unsigned.IsEmpty || !char.IsAsciiDigit(unsigned[0]))
        {
            reason = Unquoted(word);
            return null;
        }

        if ((word.Length > 4 && word[4] == '-' && !word[..4].ContainsAnyExceptInRange('0', '9')) || (word.Length > 2 && word[2] == ':'))
        {
            if (TomlDateTimes.Parse(word) is { } moment)
                return moment;
            reason = $"'{Shorten(word)}' is not a valid date or time";
            return null;
        }

        if (unsigned.Length > 1 && unsigned[0] == '0' && unsigned[1] is 'x' or 'o' or 'b')
            return ParsePrefixed(word, out reason);
        return unsigned.IndexOfAny('.', 'e', 'E') >= 0 ? ParseFloat(word, unsigned, out reason) : ParseDecimal(word, unsigned, out reason);
    }

    private static string Unquoted(ReadOnlySpan<char> word) =>
        word.Equals("true", StringComparison.OrdinalIgnoreCase) || word.Equals("false", StringComparison.OrdinalIgnoreCase)
            ? $"'{word}' is not a value: booleans are lower case"
            : $"'{Shorten(word)}' is not a value: strings need quotes";

    private static string Shorten(ReadOnlySpan<char> word) => word.Length > 40 ? $"{word[..40]}…" : word.ToString();

    private static TomlInteger? ParseDecimal(ReadOnlySpan<char> word, ReadOnlySpan<char> digits, out string reason)
    {
        Span<char> buffer = stackalloc char[64];
        reason = $"'{Shorten(word)}' is not a valid integer";
        if (!IsDecimalDigits(digits))
        {
            if (digits.Length > 1 && digits[0] == '0' && char.IsAsciiDigit(digits[1]))
                reason += ": leading zeros are not allowed";
            return null;
        }

        if (long.TryParse(WithoutUnderscores(word, buffer), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            return new TomlInteger(value);
        reason = $"'{Shorten(word)}' does not fit into 64 bits";
        return null;
    }

    private static TomlInteger? ParsePrefixed(ReadOnlySpan<char> word, out string reason)
    {
        reason = $"'{Shorten(word)}' is not a valid integer";
        if (word[0] != '0')
            return null;

        var radix = word[1] switch { 'x' => 16, 'o' => 8, _ => 2 };
        var digits = word[2..];
        if (digits.IsEmpty || digits[0] == '_' || digits[^1] == '_' || digits.IndexOf("__") >= 0)
            return null;

        var value = 0L;
        foreach (var c in digits)
        {
            if (c == '_')
                continue;
            var digit = !char.IsAsciiHexDigit(c) ? int.MaxValue : c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
            if (digit >= radix)
                return null;
            if (value > (long.MaxValue - digit) / radix)
            {
                reason = $"'{Shorten(word)}' does not fit into 64 bits";
                return null;
            }

            value = (value * radix) + digit;
        }

        return new TomlInteger(value);
    }

    private static TomlFloat? ParseFloat(ReadOnlySpan<char> word, ReadOnlySpan<char> unsigned, out string reason)
    {
        reason = $"'{Shorten(word)}' is not a valid number";
        var mantissa = unsigned;
        var exponentAt = unsigned.IndexOfAny('e', 'E');
        if (exponentAt >= 0)
        {
            mantissa = unsigned[..exponentAt];
            var exponent = unsigned[(exponentAt + 1)..];
            if (!exponent.IsEmpty && exponent[0] is '+' or '-')
                exponent = exponent[1..];
            if (!IsDigits(exponent))
                return null;
        }

        var point = mantissa.IndexOf('.');
        if (!IsDecimalDigits(point < 0 ? mantissa : mantissa[..point]) || (point >= 0 && !IsDigits(mantissa[(point + 1)..])))
            return null;

        Span<char> buffer = stackalloc char[128];
        const NumberStyles styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (double.TryParse(WithoutUnderscores(word, buffer), styles, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
            return new TomlFloat(value);
        reason = $"'{Shorten(word)}' is too large";
        return null;
    }

    /// <summary>Digits with single underscores between them.</summary>
    private static bool IsDigits(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] == '_' || text[^1] == '_' || text.IndexOf("__") >= 0)
            return false;

        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c) && c != '_')
                return false;
        }

        return true;
    }

    private static bool IsDecimalDigits(ReadOnlySpan<char> text) => IsDigits(text) && (text[0] != '0' || text.Length == 1);

    private static ReadOnlySpan<char> WithoutUnderscores(ReadOnlySpan<char> word, Span<char> buffer)
    {
        if (!word.Contains('_'))
            return word;
        if (word.Length > buffer.Length)
            return word.ToString().Replace("_", "", StringComparison.Ordinal);

        var length = 0;
        foreach (var c in word)
        {
            if (c != '_')
                buffer[length++] = c;
        }

        return buffer[..length].ToString();
    }
}

namespace Fangd.Toml;

/// <summary>RFC 3339 as TOML 1.0 narrows it: seconds are required, a leap second is refused because no clock here can hold it.</summary>
internal static class TomlDateTimes
{
    private const int TicksDigits = 7;

    public static TomlDateTime? Parse(ReadOnlySpan<char> text)
    {
        if (text[2] == ':')
            return ReadTime(ref text, out var timeOnly) && text.IsEmpty ? new TomlDateTime(TomlDateTimeKind.Time, default, timeOnly, default) : null;
        if (!ReadDate(ref text, out var date))
            return null;
        if (text.IsEmpty)
            return new TomlDateTime(TomlDateTimeKind.Date, date, default, default);
        if (text[0] is not ('T' or 't' or ' '))
            return null;

        text = text[1..];
        if (!ReadTime(ref text, out var time))
            return null;
        if (text.IsEmpty)
            return new TomlDateTime(TomlDateTimeKind.Local, date, time, default);
        return ReadOffset(text) is { } offset ? new TomlDateTime(TomlDateTimeKind.Offset, date, time, offset) : null;
    }

    private static bool ReadDate(ref ReadOnlySpan<char> text, out DateOnly date)
    {
        date = default;
        if (text.Length < 10 || text[4] != '-' || text[7] != '-')
            return false;

        var (year, month, day) = (Number(text[..4]), Number(text[5..7]), Number(text[8..10]));
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;

        date = new DateOnly(year, month, day);
        text = text[10..];
        return true;
    }

    private static bool ReadTime(ref ReadOnlySpan<char> text, out TimeOnly time)
    {
        time = default;
        if (text.Length < 8 || text[2] != ':' || text[5] != ':')
            return false;

        var (hour, minute, second) = (Number(text[..2]), Number(text[3..5]), Number(text[6..8]));
        if (hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59)
            return false;

        text = text[8..];
        var ticks = 0L;
        if (!text.IsEmpty && text[0] == '.')
        {
            var digits = 1;
            while (digits < text.Length && char.IsAsciiDigit(text[digits]))
                digits++;
            if (digits == 1)
                return false;

            for (var i = 1; i <= TicksDigits; i++)
                ticks = (ticks * 10) + (i < digits ? text[i] - '0' : 0);
            text = text[digits..];
        }

        time = new TimeOnly(hour, minute, second).Add(TimeSpan.FromTicks(ticks));
        return true;
    }

    private static TimeSpan? ReadOffset(ReadOnlySpan<char> text)
    {
        if (text is "Z" or "z")
            return TimeSpan.Zero;
        if (text.Length != 6 || text[0] is not ('+' or '-') || text[3] != ':')
            return null;

        var (hours, minutes) = (Number(text[1..3]), Number(text[4..6]));
        if (hours is < 0 or > 23 || minutes is < 0 or > 59)
            return null;

        var offset = new TimeSpan(hours, minutes, 0);
        return text[0] == '-' ? -offset : offset;
    }

    /// <summary>-1 when a character is not a digit.</summary>
    private static int Number(ReadOnlySpan<char> digits)
    {
        var value = 0;
        foreach (var c in digits)
        {
            if (!char.IsAsciiDigit(c))
                return -1;
            value = (value * 10) + (c - '0');
        }

        return value;
    }
}

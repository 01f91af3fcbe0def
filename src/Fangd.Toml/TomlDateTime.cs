namespace Fangd.Toml;

public enum TomlDateTimeKind
{
    /// <summary>Date, time and offset from UTC: a moment.</summary>
    Offset,

    /// <summary>Date and time of some unnamed place.</summary>
    Local,

    /// <summary>A date alone.</summary>
    Date,

    /// <summary>A time of day alone.</summary>
    Time,
}

/// <summary>
/// One of the four kinds of TOML date-times. The parts are kept apart because year 1 and year 9999 with an offset are
/// valid TOML and not a <see cref="DateTimeOffset"/>. Fractions beyond 100 ns are cut.
/// </summary>
public sealed class TomlDateTime(TomlDateTimeKind kind, DateOnly date, TimeOnly time, TimeSpan offset) : TomlValue
{
    public TomlDateTimeKind DateTimeKind { get; } = kind;

    /// <summary>Meaningless for <see cref="TomlDateTimeKind.Time"/>.</summary>
    public DateOnly Date { get; } = date;

    /// <summary>Midnight for <see cref="TomlDateTimeKind.Date"/>.</summary>
    public TimeOnly Time { get; } = time;

    /// <summary>Zero unless <see cref="TomlDateTimeKind.Offset"/>; whole minutes.</summary>
    public TimeSpan Offset { get; } = offset;

    public override string Kind => DateTimeKind switch
    {
        TomlDateTimeKind.Offset => "a date-time",
        TomlDateTimeKind.Local => "a local date-time",
        TomlDateTimeKind.Date => "a date",
        _ => "a time",
    };

    public override bool ContentEquals(TomlValue other) =>
        other is TomlDateTime moment
        && moment.DateTimeKind == DateTimeKind
        && moment.Date == Date
        && moment.Time == Time
        && moment.Offset == Offset;
}

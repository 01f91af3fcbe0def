namespace Fangd.Server.Usage;

/// <summary>The hour, day and month of a moment, as numbers that grow by one; all in UTC.</summary>
internal readonly record struct UsageBuckets(long Hour, long Day, long Month)
{
    private const long MillisecondsPerHour = 3_600_000;

    public static UsageBuckets Of(DateTimeOffset at)
    {
        var utc = at.UtcDateTime;
        var hour = at.ToUnixTimeMilliseconds() / MillisecondsPerHour;
        return new UsageBuckets(hour, hour / 24, utc.Year * 12L + utc.Month - 1);
    }

    public static DateTimeOffset HourStart(long hour) => DateTimeOffset.FromUnixTimeMilliseconds(hour * MillisecondsPerHour);

    public static DateTimeOffset DayStart(long day) => HourStart(day * 24);

    public static DateTimeOffset MonthStart(long month) => new((int)(month / 12), (int)(month % 12) + 1, 1, 0, 0, 0, TimeSpan.Zero);
}

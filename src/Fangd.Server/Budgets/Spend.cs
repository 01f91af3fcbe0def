using Fangd.Server.Usage;

namespace Fangd.Server.Budgets;

/// <summary>What one scope (an agent, or all of them) has spent in the running hour, day and month, and what its calls in flight have claimed.</summary>
internal sealed class Spend
{
    private UsageBuckets _now;
    private UsageBuckets _warned;
    private long _warnedTokens;

    public double HourUsd { get; private set; }

    public double DayUsd { get; private set; }

    public double MonthUsd { get; private set; }

    public long HourTokens { get; private set; }

    /// <summary>Claims outlive a change of the hour: their calls are still to be paid.</summary>
    public double ClaimedUsd { get; private set; }

    public long ClaimedTokens { get; private set; }

    /// <summary>Begins new windows. A clock that is set back begins none: what is spent stays spent.</summary>
    public void Roll(UsageBuckets now)
    {
        if (now.Hour > _now.Hour)
            (HourUsd, HourTokens) = (0, 0);
        if (now.Day > _now.Day)
            DayUsd = 0;
        if (now.Month > _now.Month)
            MonthUsd = 0;
        _now = new UsageBuckets(Math.Max(now.Hour, _now.Hour), Math.Max(now.Day, _now.Day), Math.Max(now.Month, _now.Month));
    }

    public void Seed(double hourUsd, double dayUsd, double monthUsd, long hourTokens)
    {
        HourUsd += hourUsd;
        DayUsd += dayUsd;
        MonthUsd += monthUsd;
        HourTokens += hourTokens;
    }

    public void Claim(double usd, long tokens)
    {
        ClaimedUsd += usd;
        ClaimedTokens += tokens;
    }

    /// <summary>Gives a claim back and books what the call really cost.</summary>
    public void Settle(double claimedUsd, long claimedTokens, double usd, long tokens)
    {
        ClaimedTokens -= claimedTokens;
        // Without calls in flight nothing is claimed, whatever the sums of fractions say.
        ClaimedUsd = ClaimedTokens == 0 ? 0 : Math.Max(0, ClaimedUsd - claimedUsd);
        Seed(usd, usd, usd, tokens);
    }

    /// <summary>The limit that stops a call, or null. A call is let through while anything of each limit is left.</summary>
    /// <param name="limits">0 is no limit.</param>
    /// <param name="isFree">The call costs nothing: only tokens count.</param>
    public Breach? Breaks(SpendLimits limits, bool isFree)
    {
        if (!isFree)
        {
            if (Over(limits.MonthlyUsd, MonthUsd, ClaimedUsd))
                return new Breach("monthly", limits.MonthlyUsd, MonthUsd, MonthUsd >= limits.MonthlyUsd, UsageBuckets.MonthStart(_now.Month + 1));
            if (Over(limits.DailyUsd, DayUsd, ClaimedUsd))
                return new Breach("daily", limits.DailyUsd, DayUsd, DayUsd >= limits.DailyUsd, UsageBuckets.DayStart(_now.Day + 1));
            if (Over(limits.HourlyUsd, HourUsd, ClaimedUsd))
                return new Breach("hourly", limits.HourlyUsd, HourUsd, HourUsd >= limits.HourlyUsd, UsageBuckets.HourStart(_now.Hour + 1));
        }

        return Over(limits.TokensPerHour, HourTokens, ClaimedTokens)
            ? new Breach("token", limits.TokensPerHour, HourTokens, HourTokens >= limits.TokensPerHour, UsageBuckets.HourStart(_now.Hour + 1))
            : null;
    }

    /// <summary>The limit that is used up most of those used beyond the threshold, or null; whether it is said for the first time in its window.</summary>
    public (Breach Most, bool IsNew)? Warns(SpendLimits limits, double threshold)
    {
        if (threshold <= 0)
            return null;
        (Breach Most, double Share)? most = null;
        Look(new Breach("monthly", limits.MonthlyUsd, MonthUsd, true, UsageBuckets.MonthStart(_now.Month + 1)));
        Look(new Breach("daily", limits.DailyUsd, DayUsd, true, UsageBuckets.DayStart(_now.Day + 1)));
        Look(new Breach("hourly", limits.HourlyUsd, HourUsd, true, UsageBuckets.HourStart(_now.Hour + 1)));
        Look(new Breach("token", limits.TokensPerHour, HourTokens, true, UsageBuckets.HourStart(_now.Hour + 1)));
        return most is { Most: var breach } ? (breach, Tell(breach.Window)) : null;

        void Look(Breach candidate)
        {
            if (candidate.Limit > 0 && candidate.Used / candidate.Limit is var share && share >= threshold && share > (most?.Share ?? 0))
                most = (candidate, share);
        }
    }

    private bool Tell(string window)
    {
        var isNew = window switch
        {
            "monthly" => _warned.Month != _now.Month,
            "daily" => _warned.Day != _now.Day,
            "hourly" => _warned.Hour != _now.Hour,
            _ => _warnedTokens != _now.Hour,
        };
        if (window == "token")
            _warnedTokens = _now.Hour;
        else
            _warned = window switch
            {
                "monthly" => _warned with { Month = _now.Month },
                "daily" => _warned with { Day = _now.Day },
                _ => _warned with { Hour = _now.Hour },
            };
        return isNew;
    }

    private static bool Over(double limit, double used, double claimed) => limit > 0 && used + claimed >= limit;
}

/// <summary>
/// A limit that is reached, or nearly. <paramref name="IsSpent"/>: it is used up, rather than claimed by calls in flight.
/// <paramref name="Used"/> and <paramref name="Limit"/> are USD, or tokens where <paramref name="Window"/> is <c>token</c>.
/// </summary>
internal readonly record struct Breach(string Window, double Limit, double Used, bool IsSpent, DateTimeOffset ResetsAt)
{
    public string Amounts => Window == "token"
        ? FormattableString.Invariant($"{Used:0} of {Limit:0} tokens an hour")
        : FormattableString.Invariant($"{Used:0.0000} of {Limit:0.####} USD");

    public string Name => Window == "token" ? "hourly token limit" : $"{Window} budget";
}

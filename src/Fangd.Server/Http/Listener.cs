using System.Net;

namespace Fangd.Server.Http;

/// <summary>One open address at run time: its dialect and its rate limits.</summary>
internal sealed class Listener
{
    private readonly RateLimiter? _all;
    private readonly RateLimiter?[] _classes;

    public Listener(ListenerSettings settings, TimeProvider time)
    {
        Address = settings.Address;
        Dialect = Dialect.Of(settings.Dialect);
        var rates = settings.Rates;
        if (settings.Dialect == DialectName.AgentOs)
        {
            _classes = [Hourly(rates.ReadsPerHour), Hourly(rates.WritesPerHour), Hourly(rates.MessagesPerHour), Hourly(rates.WorkflowRunsPerHour)];
        }
        else
        {
            // Two seconds' worth may come at once: a page that loads, a script that begins.
            _all = rates.RequestsPerSecond > 0 ? new RateLimiter(rates.RequestsPerSecond, (long)Math.Ceiling(2 * rates.RequestsPerSecond), time) : null;
            _classes = [];
        }

        RateLimiter? Hourly(double perHour) => perHour > 0 ? new RateLimiter(perHour / 3600, (long)Math.Ceiling(perHour), time) : null;
    }

    /// <summary>The configured address, and after the start the one that is bound (port 0 is replaced).</summary>
    public IPEndPoint Address { get; set; }

    public Dialect Dialect { get; }

    /// <summary>Null where this listener does not limit this route.</summary>
    public RateVerdict? Take(IPAddress client, Route? route)
    {
        if (route is { Cost: 0 })
            return null;
        if (_classes.Length > 0)
            return _classes[(int)(route?.Class ?? RateClass.Read)]?.Take(client, 1);
        return _all?.Take(client, route?.Cost ?? 1);
    }
}

using System.Collections.Concurrent;
using Fangd.Server.Http;

namespace Fangd.Server.Metrics;

/// <summary>Counts requests by route and status class, and their durations. Labels are route patterns, so their number is bounded.</summary>
internal sealed class HttpMeter
{
    /// <summary>Upper bounds of the duration buckets in seconds.</summary>
    public static readonly double[] Buckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private static readonly string[] Classes = ["1xx", "2xx", "3xx", "4xx", "5xx"];

    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);
    private long _requests;
    private long _active;
    private long _clientsLeft;

    public long Requests => Interlocked.Read(ref _requests);

    public long Active => Interlocked.Read(ref _active);

    /// <summary>Requests whose client went away before the answer.</summary>
    public long ClientsLeft => Interlocked.Read(ref _clientsLeft);

    public IEnumerable<KeyValuePair<string, Series>> All => _series.OrderBy(s => s.Key, StringComparer.Ordinal);

    public void Begin()
    {
        Interlocked.Increment(ref _requests);
        Interlocked.Increment(ref _active);
    }

    public void ClientLeft() => Interlocked.Increment(ref _clientsLeft);

    public void End(Route? route, int status, TimeSpan elapsed)
    {
        Interlocked.Decrement(ref _active);
        var series = _series.GetOrAdd(route?.Pattern ?? "none", static _ => new Series());
        series.Count(status, elapsed.TotalSeconds);
    }

    /// <summary>The counts of one route pattern.</summary>
    internal sealed class Series
    {
        private readonly long[] _buckets = new long[Buckets.Length + 1];
        private readonly long[] _statuses = new long[Classes.Length];
        private long _sumMicroseconds;

        public double SumSeconds => Interlocked.Read(ref _sumMicroseconds) / 1e6;

        /// <summary>Counts by bucket, not cumulated; the last one is what is above all bounds.</summary>
        public long[] Snapshot() => [.. _buckets.Select((_, i) => Interlocked.Read(ref _buckets[i]))];

        public IEnumerable<(string Class, long Count)> Statuses => Classes.Select((c, i) => (c, Interlocked.Read(ref _statuses[i])));

        public void Count(int status, double seconds)
        {
            var bucket = 0;
            while (bucket < Buckets.Length && seconds > Buckets[bucket])
                bucket++;
            Interlocked.Increment(ref _buckets[bucket]);
            Interlocked.Increment(ref _statuses[Math.Clamp(status / 100, 1, 5) - 1]);
            Interlocked.Add(ref _sumMicroseconds, (long)(seconds * 1e6));
        }
    }
}

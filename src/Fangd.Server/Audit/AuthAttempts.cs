using System.Collections.Concurrent;
using System.Net;
using Fangd.Engine.Audit;
using Fangd.Server.Health;

namespace Fangd.Server.Audit;

/// <summary>
/// Takes down who was let in and who was refused, so much an hour and no more, however many come: of each address the first of either kind
/// at once, the number of further refusals when the hour ends. Addresses beyond a number share one entry. What was counted and not yet
/// written is lost when the process is killed.
/// </summary>
internal sealed class AuthAttempts(IAuditTrail trail) : IHousework
{
    /// <summary>Addresses that are told apart, of each kind. With the shared ones this is at most 195 entries an hour.</summary>
    public const int MostAddresses = 64;

    private readonly Tally _passed = new();
    private readonly Tally _refused = new();

    public void Passed(IPAddress client)
    {
        // The way of every request: a look-up and no more. How often somebody came in is in the metrics.
        if (!_passed.Knows(client) && _passed.Count(client) is { } first)
            Write($"API key accepted from {first}", "ok");
    }

    public void Refused(IPAddress client, string reason)
    {
        if (_refused.Count(client) is { } first)
            Write($"from {first}: {reason}", ToolTrail.Denied);
    }

    /// <summary>Ends the hour.</summary>
    public Task Tidy(CancellationToken stopping)
    {
        Flush();
        return Task.CompletedTask;
    }

    public void Flush()
    {
        _passed.Reset();
        foreach (var (who, count) in _refused.Reset())
        {
            if (count > 1)
                Write($"from {who}: {count - 1} more within the hour", ToolTrail.Denied);
        }
    }

    private void Write(string detail, string outcome) => trail.RecordLater(new AuditEntry(AuditAction.AuthAttempt, null, detail, outcome));

    private sealed class Tally
    {
        private ConcurrentDictionary<IPAddress, long> _counts = new();
        private int _room = MostAddresses;

        public bool Knows(IPAddress client) => _counts.ContainsKey(client) || (Volatile.Read(ref _room) <= 0 && _counts.ContainsKey(IPAddress.None));

        /// <summary>Who it is, if this is the first time, or null.</summary>
        public string? Count(IPAddress client)
        {
            var counts = _counts;
            if (!counts.ContainsKey(client) && Interlocked.Decrement(ref _room) < 0)
                client = IPAddress.None;
            return counts.AddOrUpdate(client, 1, (_, count) => count + 1) == 1 ? Name(client) : null;
        }

        public IEnumerable<(string Who, long Count)> Reset()
        {
            var counts = Interlocked.Exchange(ref _counts, new ConcurrentDictionary<IPAddress, long>());
            Volatile.Write(ref _room, MostAddresses);
            return counts.Select(pair => (Name(pair.Key), pair.Value));
        }

        private static string Name(IPAddress client) => client.Equals(IPAddress.None) ? "further addresses" : client.ToString();
    }
}

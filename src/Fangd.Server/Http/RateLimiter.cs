using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Fangd.Server.Http;

/// <summary>What the limiter says of one request; the figures are those of the <c>X-RateLimit</c> headers.</summary>
internal readonly record struct RateVerdict(bool IsAllowed, long Limit, long Remaining, long ResetSeconds, long RetryAfterSeconds);

/// <summary>
/// GCRA over one budget a client: <c>rate</c> tokens a second are refilled and at most <c>burst</c> are kept. State is one number a client
/// (the theoretical arrival time), changed by compare-and-swap, so that the refill is exact however many requests race. The table is
/// bounded: clients whose bucket is full again are dropped without loss, and when all of it is busy new clients share one bucket.
/// </summary>
internal sealed class RateLimiter
{
    private const int MostClients = 16_384;
    private const long Dead = long.MinValue;
    private const long SweepPause = 1_000_000_000;

    private readonly ConcurrentDictionary<ClientKey, Cell> _cells = new();
    private readonly Cell _overflow = new();
    private readonly TimeProvider _time;
    private readonly double _nanosPerTick;
    private readonly long _interval;
    private readonly long _tolerance;
    private readonly long _burst;
    private int _count;
    // Guards a sweep; newcomers at a full table wait for it. A sweep that freed nothing is not repeated for a while: somebody floods.
    private readonly Lock _sweeping = new();
    private long _nextSweep = long.MinValue;

    /// <param name="perSecond">Tokens refilled a second, above 0.</param>
    /// <param name="burst">Tokens a client may use at once, at least 1.</param>
    /// <param name="time">The clock.</param>
    public RateLimiter(double perSecond, long burst, TimeProvider time)
    {
        _time = time;
        _nanosPerTick = 1e9 / time.TimestampFrequency;
        _interval = Math.Max(1, (long)(1e9 / perSecond));
        _burst = Math.Max(1, burst);
        _tolerance = _interval * _burst;
    }

    public int Clients => Volatile.Read(ref _count);

    public RateVerdict Take(IPAddress client, int cost)
    {
        var now = (long)(_time.GetTimestamp() * _nanosPerTick);
        // A cost above the burst could never pass; it then takes the whole bucket.
        var price = _interval * Math.Min(cost, _burst);
        var key = ClientKey.Of(client);
        while (true)
        {
            var cell = CellOf(key, now);
            var tat = Volatile.Read(ref cell.Arrival);
            if (tat == Dead)
                continue;
            var next = Math.Max(tat, now) + price;
            var excess = next - now - _tolerance;
            if (excess > 0)
                return new RateVerdict(false, _burst, Left(Math.Max(tat, now) - now), Seconds(Math.Max(tat, now) - now), Math.Max(1, Seconds(excess)));
            if (Interlocked.CompareExchange(ref cell.Arrival, next, tat) == tat)
                return new RateVerdict(true, _burst, Left(next - now), Seconds(next - now), 0);
        }
    }

    private long Left(long used) => Math.Clamp((_tolerance - used) / _interval, 0, _burst);

    private static long Seconds(long nanos) => (nanos + 999_999_999) / 1_000_000_000;

    private Cell CellOf(ClientKey key, long now)
    {
        if (_cells.TryGetValue(key, out var known))
            return known;
        if (Volatile.Read(ref _count) >= MostClients && !MakeRoom(now))
            return _overflow;

        var fresh = new Cell();
        if (!_cells.TryAdd(key, fresh))
            return _cells.TryGetValue(key, out known) ? known : _overflow;
        Interlocked.Increment(ref _count);
        return fresh;
    }

    /// <summary>
    /// Drops the clients whose bucket is full. A cell is marked dead first, so that a request that holds it looks again. False when the
    /// table stays full.
    /// </summary>
    private bool MakeRoom(long now)
    {
        lock (_sweeping)
        {
            if (_count < MostClients)
                return true;
            if (now < _nextSweep)
                return false;
            foreach (var (key, cell) in _cells)
            {
                var tat = Volatile.Read(ref cell.Arrival);
                if (tat > now || tat == Dead || Interlocked.CompareExchange(ref cell.Arrival, Dead, tat) != tat)
                    continue;
                if (_cells.TryRemove(key, out _))
                    Interlocked.Decrement(ref _count);
            }

            _nextSweep = now + SweepPause;
            return _count < MostClients;
        }
    }

    private sealed class Cell
    {
        public long Arrival;
    }

    /// <summary>An IPv4 address, or the /64 of an IPv6 one: a single host usually owns all of it.</summary>
    private readonly record struct ClientKey(ulong Bits, bool IsV6)
    {
        public static ClientKey Of(IPAddress address)
        {
            Span<byte> bytes = stackalloc byte[16];
            if (address.IsIPv4MappedToIPv6)
                address = address.MapToIPv4();
            address.TryWriteBytes(bytes, out var length);
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
                return new ClientKey(BitConverter.ToUInt64(bytes), true);
            return new ClientKey(length == 4 ? BitConverter.ToUInt32(bytes) : 0, false);
        }
    }
}

using System.Collections.Concurrent;
using Fangd.Protocols.Llm;

namespace Fangd.Server.Providers.Resilience;

/// <summary>
/// Several keys of one provider, used in turn. One that was refused, limited or has no credit left is set aside for a while; when all are,
/// the one that comes back first is used.
/// </summary>
internal sealed class KeyRing(TimeProvider time)
{
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AfterLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _asideUntil = new(StringComparer.Ordinal);
    private int _turn = -1;

    /// <summary>The target with the key to use now; the same target where there is only one.</summary>
    public LlmTarget Choose(LlmTarget target)
    {
        var count = target.MoreKeys.Count + 1;
        if (count == 1)
            return target;
        var now = time.GetUtcNow();
        var first = (int)((uint)Interlocked.Increment(ref _turn) % (uint)count);
        var soonest = first;
        var soonestAt = DateTimeOffset.MaxValue;
        for (var i = 0; i < count; i++)
        {
            var at = (first + i) % count;
            if (!_asideUntil.TryGetValue(Key(target, at), out var until) || until <= now)
                return With(target, at);
            if (until < soonestAt)
                (soonest, soonestAt) = (at, until);
        }

        return With(target, soonest);
    }

    /// <summary>Sets the key aside that <paramref name="sent"/> went with; for how long, or null where the failure is not the key's or there is no other.</summary>
    public TimeSpan? SetAside(LlmTarget sent, LlmTarget target, LlmException failure)
    {
        if (target.MoreKeys.Count == 0 || sent.ApiKey is not { } key)
            return null;
        TimeSpan? pause = failure.Fault switch
        {
            LlmFault.RateLimit => failure.RetryAfter ?? AfterLimit,
            LlmFault.Auth or LlmFault.Billing => AfterRefusal,
            _ => null,
        };
        if (pause is null)
            return null;
        var bounded = pause.Value > Longest ? Longest : pause.Value;
        _asideUntil[key] = time.GetUtcNow() + bounded;
        return bounded;
    }

    private static string Key(LlmTarget target, int at) => at == 0 ? target.ApiKey ?? "" : target.MoreKeys[at - 1];

    private static LlmTarget With(LlmTarget target, int at) => at == 0 ? target : target with { ApiKey = target.MoreKeys[at - 1] };
}

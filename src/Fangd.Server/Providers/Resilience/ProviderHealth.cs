using Fangd.Server.Http;

namespace Fangd.Server.Providers.Resilience;

/// <summary>How a provider is doing, as it is shown.</summary>
/// <param name="Name">The provider's id.</param>
/// <param name="State"><c>closed</c> (calls go through), <c>open</c> (none does) or <c>half_open</c> (one may try).</param>
/// <param name="Reason">The failure that opened the circuit; null while it is closed.</param>
/// <param name="RetryAfter">Whole seconds until one may try; null while it is not open.</param>
public sealed partial record ProviderHealth(string Name, string State, string? Reason, int? RetryAfter) : IAnswer
{
    /// <summary>0 closed, 1 half open, 2 open.</summary>
    internal int Rank => State switch { "open" => 2, "half_open" => 1, _ => 0 };
}

/// <summary>What came of calls since the start.</summary>
/// <param name="Answered">Calls whose answer began.</param>
/// <param name="Failed">Calls that failed, after all tries or in the middle of their answer.</param>
/// <param name="Retried">Tries after the first.</param>
/// <param name="Rejected">Calls that an open circuit answered.</param>
/// <param name="Opened">How often a circuit opened.</param>
/// <param name="Active">Calls under way or waiting for a place.</param>
internal readonly record struct CallCounts(long Answered, long Failed, long Retried, long Rejected, long Opened, long Active)
{
    public static CallCounts operator +(CallCounts a, CallCounts b) => new(
        a.Answered + b.Answered, a.Failed + b.Failed, a.Retried + b.Retried, a.Rejected + b.Rejected, a.Opened + b.Opened, a.Active + b.Active);
}

using System.Collections.Concurrent;

namespace Fangd.Protocols.Llm;

/// <summary>
/// What was learned from the refusals of servers, as bits by base URL and model (an empty model: the server as a whole). Bounded: when full it
/// forgets all and learns again.
/// </summary>
internal sealed class LearnedTraits
{
    private const int MaxRemembered = 512;

    private readonly ConcurrentDictionary<(string BaseUrl, string Model), int> known = new();

    public int For(string baseUrl, string model) =>
        // Nearly always empty, and then there is nothing to hash.
        known.IsEmpty ? 0 : known.GetValueOrDefault((baseUrl, "")) | known.GetValueOrDefault((baseUrl, model));

    public void Learn(string baseUrl, string model, int trait)
    {
        if (known.Count >= MaxRemembered) known.Clear();
        known.AddOrUpdate((baseUrl, model), static (_, added) => added, static (_, old, added) => old | added, trait);
    }
}

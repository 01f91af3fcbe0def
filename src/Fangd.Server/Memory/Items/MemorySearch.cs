using Fangd.Engine.Embeddings;
using Fangd.Engine.Memory;
using Fangd.Server.Memory.Vectors;
using Fangd.Server.Storage;

namespace Fangd.Server.Memory.Items;

/// <summary>
/// Search by words, by meaning, or by both: then each gives a list and a memory counts by its places in them (reciprocal rank fusion),
/// because a share of words and a cosine cannot be compared. What is trusted less or is old counts a little less.
/// </summary>
internal sealed class MemorySearch(
    Database database, MemorySpaces spaces, MemoryStore store, MemoryIndexer indexer, IEmbedder embedder, TimeProvider time) : ISemanticMemory
{
    /// <summary>The usual constant of the fusion: it keeps a first place from outweighing everything.</summary>
    private const double FusionOffset = 60;

    private const int PerList = 64;

    /// <summary>What a hit must have to be shown unasked: a seventh of the question's weight in words, or a cosine of 0.4.</summary>
    private const double StrictCoverage = 0.15;
    private const double StrictCosine = 0.4;

    /// <summary>An embedding server that was too slow once is left out for a while, so that not every message waits for it in vain.</summary>
    private static readonly TimeSpan SlowPause = TimeSpan.FromSeconds(30);

    private long _slowUntil;

    /// <summary>Whether the meaning of a question counts now, beside its words.</summary>
    public bool IsHybrid => indexer.IsCurrent && embedder.IsReady;

    public ValueTask<IReadOnlyList<MemoryHit>> Search(string agentId, MemoryQuery query, CancellationToken run) =>
        spaces.MayHold(agentId) ? Find(agentId, query, run) : ValueTask.FromResult<IReadOnlyList<MemoryHit>>([]);

    public void Touch(IReadOnlyList<string> ids) => store.Touch(ids);

    /// <summary>Over all agents.</summary>
    public ValueTask<IReadOnlyList<MemoryHit>> SearchAll(MemoryQuery query, CancellationToken run) => Find(null, query, run);

    private async ValueTask<IReadOnlyList<MemoryHit>> Find(string? agentId, MemoryQuery query, CancellationToken run)
    {
        var vector = await VectorOf(query, run);
        // A scan takes milliseconds, also where the caller's thread has other requests to serve.
        return await Task.Run(() => database.Read(sql => Rank(sql, agentId, query, vector)), run);
    }

    private async ValueTask<float[]?> VectorOf(MemoryQuery query, CancellationToken run)
    {
        if (!IsHybrid || time.GetUtcNow().Ticks < Interlocked.Read(ref _slowUntil))
            return null;
        using var patience = new CancellationTokenSource(query.Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(run, patience.Token);
        try
        {
            return (await embedder.Embed([query.Text], either.Token))?[0];
        }
        catch (OperationCanceledException) when (!run.IsCancellationRequested)
        {
            Interlocked.Exchange(ref _slowUntil, (time.GetUtcNow() + SlowPause).Ticks);
            return null;
        }
    }

    private List<MemoryHit> Rank(SqlSession sql, string? agentId, MemoryQuery query, float[]? vector)
    {
        var (range, held) = (MemoryKey.All, 0L);
        if (agentId is null)
            held = MemorySpaces.HeldByAll(sql);
        else if (MemorySpaces.Find(sql, agentId) is { } space)
            (range, held) = (space.Range, space.Held);
        if (held == 0)
            return [];

        var found = new Dictionary<long, Match>();
        var place = 0;
        foreach (var hit in WordIndex.Find(sql, query.Text, range, held, PerList))
            found[hit.Key] = new Match { Coverage = hit.Score, Fused = 1 / (FusionOffset + ++place) };
        place = 0;
        foreach (var hit in vector is null ? [] : VectorIndex.Find(sql, vector, range, PerList))
        {
            if (!found.TryGetValue(hit.Key, out var match))
                found.Add(hit.Key, match = new Match());
            match.Cosine = hit.Score;
            match.Fused += 1 / (FusionOffset + ++place);
        }

        var now = time.GetUtcNow();
        var hits = new List<MemoryHit>(found.Count);
        foreach (var (key, match) in found)
        {
            if (query.IsStrict && match.Coverage < StrictCoverage && match.Cosine < StrictCosine)
                continue;
            if (MemoryStore.At(sql, key) is not { } item || item.Confidence < query.LeastConfidence || query.Scopes?.Invoke(item.Scope) == false)
                continue;
            // A first place in both lists is a 1.
            var relevance = vector is null ? match.Coverage : match.Fused * (FusionOffset + 1) / 2;
            hits.Add(new MemoryHit(
                item.Id, item.AgentId, item.Content, item.Source, item.Scope, item.Confidence, item.CreatedAt, relevance * Weight(item, now))
            {
                Taint = item.Taint,
            });
        }

        hits.Sort(static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : string.CompareOrdinal(b.Id, a.Id));
        return hits.Count > query.Limit ? hits[..query.Limit] : hits;
    }

    /// <summary>At the lowest confidence a memory counts for a good third, and a very old one for three quarters: both stay within reach.</summary>
    private static double Weight(MemoryItem item, DateTimeOffset now)
    {
        var months = Math.Max(0, (now - item.CreatedAt).TotalDays) / 30;
        return (0.3 + (0.7 * item.Confidence)) * (0.75 + (0.25 * Math.Pow(2, -months)));
    }

    private sealed class Match
    {
        public double Coverage { get; init; }
        public double Cosine { get; set; }
        public double Fused { get; set; }
    }
}

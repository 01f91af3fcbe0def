using Fangd.Server.Config;
using Fangd.Server.Health;
using Fangd.Server.Storage;

namespace Fangd.Server.Memory.Items;

/// <summary>
/// What memory needs from time to time, in small transactions that other writers pass between: memories of killed agents go, unused
/// ones are trusted less, and of what was noted by itself no more is kept than configured.
/// </summary>
internal sealed class MemoryUpkeep(Database database, MemoryConfig config, TimeProvider time) : IHousework
{
    private const int Batch = 500;

    /// <summary>Confidence never falls below it by itself.</summary>
    public const double LeastConfidence = 0.1;

    /// <summary>What was of use within this time is not decayed.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromDays(7);

    public async Task Tidy(CancellationToken stopping)
    {
        await RemoveOrphans(stopping);
        if (!await database.Write(Begin))
            return;
        while (await database.Write(Decay))
            stopping.ThrowIfCancellationRequested();
        await Prune(stopping);
    }

    private async Task RemoveOrphans(CancellationToken stopping)
    {
        while (database.Read(sql => sql.Number("SELECT number FROM memory_spaces WHERE agent_id IS NULL LIMIT 1")) is { } number)
        {
            var range = MemoryKey.RangeOf(number);
            while (await database.Write(sql => sql.Execute(
                "DELETE FROM memories WHERE key IN (SELECT key FROM memories WHERE key BETWEEN $first AND $last LIMIT $batch)",
                range.First, range.Last, Batch)) > 0)
                stopping.ThrowIfCancellationRequested();

            await database.Write(sql => sql.Execute("DELETE FROM memory_spaces WHERE number = $number AND agent_id IS NULL", number));
        }
    }

    /// <summary>Whether a consolidation is due or was cut off before its end.</summary>
    private bool Begin(SqlSession sql)
    {
        if (sql.Number("SELECT done_to FROM memory_upkeep") is not null)
            return true;
        var now = time.GetUtcNow();
        return sql.Execute("UPDATE memory_upkeep SET began_at = $now, done_to = 0 WHERE began_at <= $due", now, now - config.ConsolidationInterval) > 0;
    }

    /// <summary>
    /// One batch: how far it came is stored with what it did, so that a crash decays nothing twice. False when it was the last.
    /// </summary>
    private bool Decay(SqlSession sql)
    {
        var from = sql.Number("SELECT done_to FROM memory_upkeep") ?? 0;
        var to = sql.Number("SELECT max(key) FROM (SELECT key FROM memories WHERE key > $from ORDER BY key LIMIT $batch)", from, Batch);
        if (to is not null)
        {
            sql.Execute(
                """
                UPDATE memories SET confidence = max($least, confidence * $keep)
                WHERE key > $from AND key <= $to AND confidence > $least AND accessed_at < $fresh
                """,
                LeastConfidence, 1 - config.DecayRate, from, to, time.GetUtcNow() - Fresh);
        }

        sql.Execute("UPDATE memory_upkeep SET done_to = $to", to);
        return to is not null;
    }

    /// <summary>Only what was noted by itself: what a person or an agent chose to keep is theirs to remove.</summary>
    private async Task Prune(CancellationToken stopping)
    {
        var crowded = database.Read(sql => sql.All(
            "SELECT number, held FROM memory_spaces WHERE agent_id IS NOT NULL AND held > $most", r => new Space(r.Whole(0), r.Whole(1)), config.ConsolidationThreshold));
        foreach (var space in crowded)
        {
            for (var surplus = space.Held - config.ConsolidationThreshold; surplus > 0;)
            {
                stopping.ThrowIfCancellationRequested();
                var removed = await database.Write(sql => sql.Execute(
                    """
                    DELETE FROM memories WHERE key IN (
                        SELECT key FROM memories WHERE key BETWEEN $first AND $last AND source = $source ORDER BY key LIMIT $batch)
                    """,
                    space.Range.First, space.Range.Last, TurnMemory.Source, Math.Min(surplus, Batch)));
                if (removed == 0)
                    break;
                surplus -= removed;
            }
        }
    }
}

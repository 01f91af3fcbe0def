using Fangd.Server.Config;
using Fangd.Server.Health;
using Fangd.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Audit;

/// <summary>
/// Takes out the oldest entries, in batches, each behind a signed checkpoint that says where the chain goes on. What does not hold is not
/// taken out: it is evidence.
/// </summary>
internal sealed partial class AuditPruning(Database database, AuditKeyFile keys, AuditConfig config, TimeProvider time, ILogger<AuditPruning> log) : IHousework
{
    /// <summary>In one write: others wait for it.</summary>
    private const int Batch = 1000;

    public async Task Tidy(CancellationToken stopping)
    {
        if (keys.Find() is not { } key)
            return;
        while (!stopping.IsCancellationRequested)
        {
            var end = await Task.Run(() => database.Read(sql => NextEnd(sql, key)), stopping);
            if (end is null)
                return;
            await database.Write(sql =>
            {
                sql.Execute("DELETE FROM audit_entries WHERE seq <= $seq", end.Seq);
                end.Save(sql);
            });
        }
    }

    /// <summary>Up to which entry the next batch reaches; null when nothing is too much or too old.</summary>
    private AuditAnchor? NextEnd(SqlSession sql, AuditKey key)
    {
        if (AuditAnchor.Find(sql, AuditAnchor.Tip) is not { } tip)
            return null;
        var (most, oldest) = (tip.Seq - config.MaxEntries, Oldest());
        var checkpoint = AuditAnchor.Find(sql, AuditAnchor.Checkpoint);
        var walk = new AuditWalk(checkpoint?.Seq ?? 0, checkpoint?.Hash ?? AuditHasher.Genesis);
        var begin = walk.Seq;
        if (checkpoint is null || key.HasSigned(checkpoint))
        {
            sql.Each(
                $"SELECT {AuditWalk.Columns} FROM audit_entries ORDER BY seq LIMIT $batch",
                row => (row.Whole(0) <= most || row.Whole(1) < oldest) && walk.Visit(row),
                Batch);
        }

        if (walk.BreakAt is { } at)
            NotPruned(at, walk.Error!);
        return walk.Seq > begin ? key.Sign(AuditAnchor.Checkpoint, walk.Seq, walk.Hash) : null;
    }

    private long Oldest() => config.RetentionDays == 0 ? long.MinValue : (time.GetUtcNow() - TimeSpan.FromDays(config.RetentionDays)).ToUnixTimeMilliseconds();

    [LoggerMessage(LogLevel.Error, "The audit chain is broken at entry {Seq} and is kept from there on: {Reason}. See fangd audit verify.")]
    private partial void NotPruned(long seq, string reason);
}

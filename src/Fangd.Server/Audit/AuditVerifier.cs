using Fangd.Server.Storage;

namespace Fangd.Server.Audit;

/// <summary>
/// Checks the whole chain: that it begins at its checkpoint, that every entry follows from the one before, and that it ends where the
/// anchor says. Streams over the table, so memory does not grow with it.
/// </summary>
internal sealed class AuditVerifier(Database database, AuditKeyFile keys)
{
    /// <param name="newest">An entry that is known to have been there, or null.</param>
    /// <param name="aborted">Ends the walk with an <see cref="OperationCanceledException"/>.</param>
    public AuditVerdict Verify(AuditAnchor? newest, CancellationToken aborted) => database.Read(sql =>
    {
        // One transaction, so that entries and anchors are of one moment.
        sql.Execute("BEGIN");
        try
        {
            return Verify(sql, newest, aborted);
        }
        finally
        {
            sql.Execute("ROLLBACK");
        }
    });

    private AuditVerdict Verify(SqlSession sql, AuditAnchor? newest, CancellationToken aborted)
    {
        var key = keys.Find();
        var (checkpoint, tip) = (AuditAnchor.Find(sql, AuditAnchor.Checkpoint), AuditAnchor.Find(sql, AuditAnchor.Tip));
        var begin = checkpoint?.Seq ?? 0;
        var walk = new AuditWalk(begin, checkpoint?.Hash ?? AuditHasher.Genesis);
        var isWhole = checkpoint is null || key?.HasSigned(checkpoint) == true
            ? Follow(sql, walk, newest, aborted)
            : walk.Break(begin + 1, "the checkpoint behind which older entries were taken out is not signed with this home's audit.key");
        if (isWhole)
            CheckEnd(walk, tip, key);
        return new AuditVerdict(walk.Seq - begin, walk.FirstAt, walk.LastAt, walk.Hash, begin) { BreakAt = walk.BreakAt, Error = walk.Error };
    }

    private static bool Follow(SqlSession sql, AuditWalk walk, AuditAnchor? newest, CancellationToken aborted)
    {
        var isReplaced = false;
        sql.Each(
            $"SELECT {AuditWalk.Columns} FROM audit_entries ORDER BY seq",
            row =>
            {
                aborted.ThrowIfCancellationRequested();
                if (!walk.Visit(row))
                    return false;
                isReplaced |= newest is not null && walk.Seq == newest.Seq && !walk.Hash.AsSpan().SequenceEqual(newest.Hash);
                return !isReplaced;
            });
        if (walk.BreakAt is not null)
            return false;
        if (isReplaced)
            return walk.Break(walk.Seq, "the entry is another one than this daemon wrote: the chain was replaced");
        return newest is null || walk.Seq >= newest.Seq || walk.Break(walk.Seq + 1, "the entry is missing: this daemon has written newer ones");
    }

    private void CheckEnd(AuditWalk walk, AuditAnchor? tip, AuditKey? key)
    {
        if (tip is null)
        {
            var hasBegun = walk.Seq > 0 || (key is not null && !keys.IsYoung);
            if (hasBegun)
                walk.Break(walk.Seq + 1, "the anchor that says where the chain ends is missing, so newer entries may be too");
        }
        else if (key?.HasSigned(tip) != true)
        {
            walk.Break(Math.Min(walk.Seq, tip.Seq) + 1, "the anchor that says where the chain ends is not signed with this home's audit.key");
        }
        else if (walk.Seq < tip.Seq)
        {
            walk.Break(walk.Seq + 1, $"the entry is missing: the chain went on to entry {tip.Seq}");
        }
        else if (walk.Seq > tip.Seq)
        {
            walk.Break(tip.Seq + 1, "the entry was not written by this daemon: its chain ends before");
        }
        else if (!walk.Hash.AsSpan().SequenceEqual(tip.Hash))
        {
            walk.Break(walk.Seq, "the entry is another one than the anchor says: the chain was rewritten");
        }
    }
}

using Fangd.Blake3;
using Fangd.Server.Storage;

namespace Fangd.Server.Audit;

/// <summary>
/// One walk along stored entries, from a place that is known to be right: does each have its number, and the hash that follows from its
/// fields and the entry before? Allocates nothing a row; stops at the first that does not fit.
/// </summary>
internal sealed class AuditWalk(long after, ReadOnlySpan<byte> hash)
{
    public const string Columns = "seq, at, action, agent_id, detail, outcome, hash";

    private readonly AuditHasher _hasher = new();
    private readonly byte[] _expected = new byte[Blake3Hash.Size];
    // After a fault the hash is the last right one.
    private readonly byte[] _hash = hash.ToArray();

    /// <summary>The number of the last entry that was right.</summary>
    public long Seq { get; private set; } = after;

    public byte[] Hash => _hash;

    public long? FirstAt { get; private set; }

    public long? LastAt { get; private set; }

    public long? BreakAt { get; private set; }

    public string? Error { get; private set; }

    /// <summary>Looks at the next row, with <see cref="Columns"/>; false when it does not fit.</summary>
    public bool Visit(SqlRow row)
    {
        var seq = row.Whole(0);
        if (seq != Seq + 1)
            return seq > Seq ? Break(Seq + 1, "the entry is missing") : Break(seq, "the entry is not part of the chain");
        var at = row.Whole(1);
        if (!IsHashable(row, seq, at))
            return Break(seq, "a field is longer than any that is written");
        _hasher.Finish(_expected);
        if (!row.Bytes(6).SequenceEqual(_expected))
            return Break(seq, "the entry does not fit its hash: it was changed, or it does not follow the entry before it");
        Seq = seq;
        _expected.CopyTo(_hash, 0);
        FirstAt ??= at;
        LastAt = at;
        return true;
    }

    public bool Break(long at, string error)
    {
        (BreakAt, Error) = (at, error);
        return false;
    }

    private bool IsHashable(SqlRow row, long seq, long at)
    {
        _hasher.Begin(_hash, seq, at);
        if (!_hasher.Add(row.Bytes(2)))
            return false;
        if (row.IsNull(3))
            _hasher.AddAbsent();
        else if (!_hasher.Add(row.Bytes(3)))
            return false;
        return _hasher.Add(row.Bytes(4)) && _hasher.Add(row.Bytes(5));
    }
}

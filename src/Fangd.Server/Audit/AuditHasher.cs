using System.Buffers.Binary;
using Fangd.Blake3;

namespace Fangd.Server.Audit;

/// <summary>
/// The hash of an entry: BLAKE3 over the hash before, number, time, and each field behind its length, so that no text can move from one
/// field into the next. Keeps its buffer; not safe for concurrent use.
/// </summary>
internal sealed class AuditHasher
{
    /// <summary>Longest field, in bytes of UTF-8. A longer one in the table was not written by the daemon.</summary>
    public const int LongestField = 8192;

    /// <summary>Stands where the length of an absent field would.</summary>
    private const uint Absent = uint.MaxValue;

    private readonly byte[] _buffer = new byte[Blake3Hash.Size + (2 * sizeof(long)) + (4 * (sizeof(uint) + LongestField))];
    private int _length;

    /// <summary>The hash before the first entry.</summary>
    public static ReadOnlySpan<byte> Genesis => new byte[Blake3Hash.Size];

    public void Begin(ReadOnlySpan<byte> previous, long seq, long unixMilliseconds)
    {
        previous.CopyTo(_buffer);
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(Blake3Hash.Size), seq);
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(Blake3Hash.Size + sizeof(long)), unixMilliseconds);
        _length = Blake3Hash.Size + (2 * sizeof(long));
    }

    /// <summary>Four of them: action, agent, detail, outcome. False for one that is too long.</summary>
    public bool Add(ReadOnlySpan<byte> field)
    {
        if (field.Length > LongestField)
            return false;
        AddLength((uint)field.Length);
        field.CopyTo(_buffer.AsSpan(_length));
        _length += field.Length;
        return true;
    }

    public void AddAbsent() => AddLength(Absent);

    public void Finish(Span<byte> hash) => Blake3Hash.Compute(_buffer.AsSpan(0, _length), hash);

    private void AddLength(uint length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_length), length);
        _length += sizeof(uint);
    }
}

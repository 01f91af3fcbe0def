using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fangd.Blake3;

/// <summary>
/// Four chunks side by side, one in each lane of every vector. Four and not eight: the same code is SSE on x64 and NEON on ARM64, and what
/// this library is used for is mostly shorter than one chunk.
/// </summary>
internal static class ChunkLanes
{
    public const int Lanes = 4;
    public const int Size = Lanes * TreeHasher.ChunkSize;

    /// <summary>The chaining values, one after the other, of the four whole chunks that <paramref name="input"/> is.</summary>
    public static void Hash(ReadOnlySpan<byte> input, ReadOnlySpan<uint> key, ulong counter, uint flags, Span<uint> chainings)
    {
        const int blocks = TreeHasher.ChunkSize / Compression.BlockSize;
        Span<Vector128<uint>> chaining = stackalloc Vector128<uint>[8];
        Span<Vector128<uint>> message = stackalloc Vector128<uint>[16];
        for (var i = 0; i < 8; i++)
            chaining[i] = Vector128.Create(key[i]);
        var low = Vector128.Create((uint)counter, (uint)(counter + 1), (uint)(counter + 2), (uint)(counter + 3));
        var high = Vector128.Create((uint)(counter >> 32), (uint)((counter + 1) >> 32), (uint)((counter + 2) >> 32), (uint)((counter + 3) >> 32));
        for (var block = 0; block < blocks; block++)
        {
            for (var word = 0; word < 16; word++)
                message[word] = Gather(input, (block * Compression.BlockSize) + (4 * word));
            var ends = (block == 0 ? Compression.ChunkStart : 0) | (block == blocks - 1 ? Compression.ChunkEnd : 0);
            Compress(chaining, message, low, high, Vector128.Create(flags | ends));
        }

        for (var lane = 0; lane < Lanes; lane++)
        {
            for (var i = 0; i < 8; i++)
                chainings[(8 * lane) + i] = chaining[i].GetElement(lane);
        }
    }

    private static void Compress(Span<Vector128<uint>> chaining, ReadOnlySpan<Vector128<uint>> m, Vector128<uint> low, Vector128<uint> high, Vector128<uint> flags)
    {
        var initial = Compression.Initial;
        Vector128<uint> s0 = chaining[0], s1 = chaining[1], s2 = chaining[2], s3 = chaining[3];
        Vector128<uint> s4 = chaining[4], s5 = chaining[5], s6 = chaining[6], s7 = chaining[7];
        Vector128<uint> s8 = Vector128.Create(initial[0]), s9 = Vector128.Create(initial[1]), s10 = Vector128.Create(initial[2]), s11 = Vector128.Create(initial[3]);
        Vector128<uint> s12 = low, s13 = high, s14 = Vector128.Create((uint)Compression.BlockSize), s15 = flags;
        for (var r = Compression.Schedule; !r.IsEmpty; r = r[16..])
        {
            Compression.Step(ref s0, ref s4, ref s8, ref s12, m[r[0]], m[r[1]]);
            Compression.Step(ref s1, ref s5, ref s9, ref s13, m[r[2]], m[r[3]]);
            Compression.Step(ref s2, ref s6, ref s10, ref s14, m[r[4]], m[r[5]]);
            Compression.Step(ref s3, ref s7, ref s11, ref s15, m[r[6]], m[r[7]]);
            Compression.Step(ref s0, ref s5, ref s10, ref s15, m[r[8]], m[r[9]]);
            Compression.Step(ref s1, ref s6, ref s11, ref s12, m[r[10]], m[r[11]]);
            Compression.Step(ref s2, ref s7, ref s8, ref s13, m[r[12]], m[r[13]]);
            Compression.Step(ref s3, ref s4, ref s9, ref s14, m[r[14]], m[r[15]]);
        }

        chaining[0] = s0 ^ s8;
        chaining[1] = s1 ^ s9;
        chaining[2] = s2 ^ s10;
        chaining[3] = s3 ^ s11;
        chaining[4] = s4 ^ s12;
        chaining[5] = s5 ^ s13;
        chaining[6] = s6 ^ s14;
        chaining[7] = s7 ^ s15;
    }

    /// <summary>The word at the same place of each of the four chunks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Gather(ReadOnlySpan<byte> input, int at) => Vector128.Create(
        Word(input, at), Word(input, at + TreeHasher.ChunkSize), Word(input, at + (2 * TreeHasher.ChunkSize)), Word(input, at + (3 * TreeHasher.ChunkSize)));

    private static uint Word(ReadOnlySpan<byte> input, int at) => BinaryPrimitives.ReadUInt32LittleEndian(input[at..]);
}

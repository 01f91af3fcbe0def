using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fangd.Blake3;

/// <summary>The compression function of BLAKE3 (specification, section 2.2), once by vectors and once without.</summary>
internal static class Compression
{
    public const int BlockSize = 64;

    public const uint ChunkStart = 1;
    public const uint ChunkEnd = 2;
    public const uint Parent = 4;
    public const uint Root = 8;
    public const uint KeyedHash = 16;
    public const uint DeriveContext = 32;
    public const uint DeriveMaterial = 64;

    /// <summary>The initial value, the same as that of SHA-256.</summary>
    public static ReadOnlySpan<uint> Initial =>
        [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19];

    /// <summary>Which message word each of the seven rounds takes when: the permutation of the specification, applied again and again.</summary>
    public static ReadOnlySpan<byte> Schedule =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8,
        3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1,
        10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6,
        12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4,
        9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7,
        11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13,
    ];

    /// <summary>Compresses one block of exactly 64 bytes, zeros behind its <paramref name="length"/>. The output may be where the input was.</summary>
    public static void Run(ReadOnlySpan<uint> chaining, ReadOnlySpan<byte> block, ulong counter, int length, uint flags, Span<uint> output)
    {
        Words16 message = default;
        Load(block, message);
        if (Vector128.IsHardwareAccelerated)
            ByVectors(chaining, message, counter, length, flags, output);
        else
            ByWords(chaining, message, counter, length, flags, output);
    }

    /// <summary>The state as the four rows of a matrix: a step works on four columns at once, then on four diagonals.</summary>
    public static void ByVectors(ReadOnlySpan<uint> chaining, ReadOnlySpan<uint> message, ulong counter, int length, uint flags, Span<uint> output)
    {
        Vector128<uint> first = Vector128.Create(chaining[..4]), second = Vector128.Create(chaining[4..8]);
        Vector128<uint> a = first, b = second, c = Vector128.Create(Initial[..4]);
        var d = Vector128.Create((uint)counter, (uint)(counter >> 32), (uint)length, flags);
        for (var round = Schedule; !round.IsEmpty; round = round[16..])
        {
            Step(ref a, ref b, ref c, ref d, Pick(message, round, 0), Pick(message, round, 1));
            b = Vector128.Shuffle(b, Vector128.Create(1u, 2, 3, 0));
            c = Vector128.Shuffle(c, Vector128.Create(2u, 3, 0, 1));
            d = Vector128.Shuffle(d, Vector128.Create(3u, 0, 1, 2));
            Step(ref a, ref b, ref c, ref d, Pick(message, round, 8), Pick(message, round, 9));
            b = Vector128.Shuffle(b, Vector128.Create(3u, 0, 1, 2));
            c = Vector128.Shuffle(c, Vector128.Create(2u, 3, 0, 1));
            d = Vector128.Shuffle(d, Vector128.Create(1u, 2, 3, 0));
        }

        (a ^ c).CopyTo(output);
        (b ^ d).CopyTo(output[4..]);
        (c ^ first).CopyTo(output[8..]);
        (d ^ second).CopyTo(output[12..]);
    }

    public static void ByWords(ReadOnlySpan<uint> chaining, ReadOnlySpan<uint> message, ulong counter, int length, uint flags, Span<uint> output)
    {
        Words16 words = default;
        Span<uint> s = words;
        chaining[..8].CopyTo(s);
        Initial[..4].CopyTo(s[8..]);
        s[12] = (uint)counter;
        s[13] = (uint)(counter >> 32);
        s[14] = (uint)length;
        s[15] = flags;
        for (var round = Schedule; !round.IsEmpty; round = round[16..])
        {
            for (var i = 0; i < 4; i++)
                Step(ref s[i], ref s[i + 4], ref s[i + 8], ref s[i + 12], message[round[2 * i]], message[round[(2 * i) + 1]]);
            for (var i = 0; i < 4; i++)
                Step(ref s[i], ref s[4 + ((i + 1) & 3)], ref s[8 + ((i + 2) & 3)], ref s[12 + ((i + 3) & 3)], message[round[8 + (2 * i)]], message[round[9 + (2 * i)]]);
        }

        for (var i = 0; i < 8; i++)
        {
            s[i] ^= s[i + 8];
            s[i + 8] ^= chaining[i];
        }

        s.CopyTo(output);
    }

    /// <summary>The quarter round on four columns at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step(ref Vector128<uint> a, ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d, Vector128<uint> x, Vector128<uint> y)
    {
        a += b + x;
        d = Vector128.Shuffle((d ^ a).AsByte(), Vector128.Create((byte)2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)).AsUInt32();
        c += d;
        b ^= c;
        b = (b >>> 12) | (b << 20);
        a += b + y;
        d = Vector128.Shuffle((d ^ a).AsByte(), Vector128.Create((byte)1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)).AsUInt32();
        c += d;
        b ^= c;
        b = (b >>> 7) | (b << 25);
    }

    private static void Step(ref uint a, ref uint b, ref uint c, ref uint d, uint x, uint y)
    {
        a += b + x;
        d = BitOperations.RotateRight(d ^ a, 16);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 12);
        a += b + y;
        d = BitOperations.RotateRight(d ^ a, 8);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Pick(ReadOnlySpan<uint> message, ReadOnlySpan<byte> round, int from) =>
        Vector128.Create(message[round[from]], message[round[from + 2]], message[round[from + 4]], message[round[from + 6]]);

    private static void Load(ReadOnlySpan<byte> block, Span<uint> words)
    {
        for (var i = 0; i < 16; i++)
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * i)..]);
    }
}

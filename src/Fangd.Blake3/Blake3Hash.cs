using System.Buffers.Binary;
using System.Text;

namespace Fangd.Blake3;

/// <summary>
/// BLAKE3 of whole inputs in its three modes. The output may have any length; 32 bytes are the usual one. Nothing is allocated, except for
/// the bytes of a context.
/// </summary>
public static class Blake3Hash
{
    /// <summary>The usual length of a hash, in bytes.</summary>
    public const int Size = 32;

    /// <summary>The length of a key, in bytes.</summary>
    public const int KeySize = 32;

    public static void Compute(ReadOnlySpan<byte> input, Span<byte> output) => Compute(Compression.Initial, input, 0, output);

    /// <summary>A message authentication code under a key of 32 bytes; another length throws <see cref="ArgumentException"/>.</summary>
    public static void Keyed(ReadOnlySpan<byte> key, ReadOnlySpan<byte> input, Span<byte> output)
    {
        Words8 words = default;
        LoadKey(key, words);
        Compute(words, input, Compression.KeyedHash, output);
    }

    /// <summary>
    /// A key made of key material. The context is a constant of the program that names application, date and purpose; it holds nothing
    /// variable (specification, section 6.2).
    /// </summary>
    public static void DeriveKey(string context, ReadOnlySpan<byte> material, Span<byte> output)
    {
        Words8 key = default;
        ContextKey(context, key);
        Compute(key, material, Compression.DeriveMaterial, output);
    }

    internal static void LoadKey(ReadOnlySpan<byte> key, Span<uint> words)
    {
        if (key.Length != KeySize)
            throw new ArgumentException($"a key has {KeySize} bytes, not {key.Length}", nameof(key));
        for (var i = 0; i < 8; i++)
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(4 * i)..]);
    }

    internal static void ContextKey(string context, Span<uint> words)
    {
        Span<byte> key = stackalloc byte[KeySize];
        Compute(Compression.Initial, Encoding.UTF8.GetBytes(context), Compression.DeriveContext, key);
        LoadKey(key, words);
    }

    private static void Compute(ReadOnlySpan<uint> key, ReadOnlySpan<byte> input, uint flags, Span<byte> output)
    {
        if (input.Length <= TreeHasher.ChunkSize)
        {
            OneChunk(key, input, flags, output);
            return;
        }

        var tree = new TreeHasher(key, flags);
        tree.Add(input);
        tree.Finish(output);
    }

    /// <summary>What fits into one chunk needs no tree: its blocks are compressed where they lie.</summary>
    private static void OneChunk(ReadOnlySpan<uint> key, ReadOnlySpan<byte> input, uint flags, Span<byte> output)
    {
        Words16 state = default;
        key.CopyTo(state);
        flags |= Compression.ChunkStart;
        for (; input.Length > Compression.BlockSize; input = input[Compression.BlockSize..])
        {
            Compression.Run(((ReadOnlySpan<uint>)state)[..8], input[..Compression.BlockSize], 0, Compression.BlockSize, flags, state);
            flags &= ~Compression.ChunkStart;
        }

        Span<byte> last = stackalloc byte[Compression.BlockSize];
        last.Clear();
        input.CopyTo(last);
        new OutputNode(((ReadOnlySpan<uint>)state)[..8], last, 0, input.Length, flags | Compression.ChunkEnd).Root(output);
    }
}

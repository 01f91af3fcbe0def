using System.Buffers.Binary;

namespace Fangd.Blake3;

/// <summary>The last compression of a chunk or of a parent, not done yet: whether it is the root is known only at the end.</summary>
internal ref struct OutputNode
{
    private readonly ReadOnlySpan<uint> _chaining;
    private readonly ReadOnlySpan<byte> _block;
    private readonly ulong _counter;
    private readonly int _length;
    private readonly uint _flags;

    /// <param name="chaining">The input chaining value: 8 words.</param>
    /// <param name="block">64 bytes, zeros behind <paramref name="length"/>.</param>
    /// <param name="counter">The chunk's number; 0 for a parent.</param>
    /// <param name="length">Bytes of the block that count.</param>
    /// <param name="flags">All but that of a root.</param>
    public OutputNode(ReadOnlySpan<uint> chaining, ReadOnlySpan<byte> block, ulong counter, int length, uint flags)
    {
        _chaining = chaining;
        _block = block;
        _counter = counter;
        _length = length;
        _flags = flags;
    }

    public readonly void Chain(Span<uint> chaining)
    {
        Words16 state = default;
        Compression.Run(_chaining, _block, _counter, _length, _flags, state);
        ((ReadOnlySpan<uint>)state)[..8].CopyTo(chaining);
    }

    /// <summary>Writes as many bytes as asked for: a root gives any number.</summary>
    public readonly void Root(Span<byte> output)
    {
        Words16 state = default;
        Span<byte> bytes = stackalloc byte[Compression.BlockSize];
        for (var counter = 0UL; !output.IsEmpty; counter++)
        {
            Compression.Run(_chaining, _block, counter, _length, _flags | Compression.Root, state);
            for (var i = 0; i < 16; i++)
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[(4 * i)..], state[i]);
            var taken = Math.Min(output.Length, Compression.BlockSize);
            bytes[..taken].CopyTo(output);
            output = output[taken..];
        }
    }
}

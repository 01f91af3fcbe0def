using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fangd.Blake3;

/// <summary>
/// The hash tree, built while the input comes (specification, section 5.1.2). A struct of fixed size, about 2 KB, so that a hash needs no
/// allocation whatever the length of its input.
/// </summary>
internal struct TreeHasher
{
    public const int ChunkSize = 1024;

    /// <summary>2^54 chunks are the longest input there can be.</summary>
    private const int MostDepth = 54;

    private readonly Words8 _key;
    private readonly uint _flags;
    private readonly bool _usesLanes;
    // The chunk under way; its last block stays uncompressed until more comes.
    private Words8 _chaining;
    private BlockBytes _block;
    private int _blockLength;
    private int _blocksDone;
    private ulong _chunk;
    // Chaining values of whole subtrees that wait for a right sibling; the bits of _chunk say how large each is.
    private Subtrees _waiting;
    private int _depth;

    public TreeHasher(ReadOnlySpan<uint> key, uint flags, bool usesLanes)
    {
        key.CopyTo(_key);
        _flags = flags;
        _usesLanes = usesLanes;
        _chaining = _key;
    }

    public TreeHasher(ReadOnlySpan<uint> key, uint flags)
        : this(key, flags, Vector128.IsHardwareAccelerated)
    {
    }

    private readonly int ChunkLength => (_blocksDone * Compression.BlockSize) + _blockLength;

    private readonly uint StartFlag => _blocksDone == 0 ? Compression.ChunkStart : 0;

    public void Add(ReadOnlySpan<byte> input)
    {
        while (!input.IsEmpty)
        {
            if (ChunkLength == ChunkSize)
                EndChunk();
            // More must follow: the last chunk may be the root.
            if (_usesLanes && ChunkLength == 0 && input.Length > ChunkLanes.Size)
            {
                AddLanes(input[..ChunkLanes.Size]);
                input = input[ChunkLanes.Size..];
                continue;
            }

            var taken = Math.Min(ChunkSize - ChunkLength, input.Length);
            AddToChunk(input[..taken]);
            input = input[taken..];
        }
    }

    /// <summary>Writes the hash of what came so far; more may come afterwards.</summary>
    public readonly void Finish(Span<byte> output)
    {
        Span<byte> block = stackalloc byte[Compression.BlockSize];
        ((ReadOnlySpan<byte>)_block)[.._blockLength].CopyTo(block);
        var node = new OutputNode(_chaining, block, _chunk, _blockLength, _flags | StartFlag | Compression.ChunkEnd);
        if (_depth == 0)
        {
            node.Root(output);
            return;
        }

        Words8 right = default;
        Span<byte> pair = stackalloc byte[Compression.BlockSize];
        node.Chain(right);
        for (var level = _depth - 1; ; level--)
        {
            Pair(((ReadOnlySpan<uint>)_waiting).Slice(8 * level, 8), right, pair);
            var parent = new OutputNode(_key, pair, 0, Compression.BlockSize, _flags | Compression.Parent);
            if (level == 0)
            {
                parent.Root(output);
                return;
            }

            parent.Chain(right);
        }
    }

    private void AddToChunk(ReadOnlySpan<byte> input)
    {
        while (!input.IsEmpty)
        {
            if (_blockLength == Compression.BlockSize)
            {
                Words16 state = default;
                Compression.Run(_chaining, _block, _chunk, Compression.BlockSize, _flags | StartFlag, state);
                ((ReadOnlySpan<uint>)state)[..8].CopyTo(_chaining);
                _blocksDone++;
                _blockLength = 0;
            }

            var taken = Math.Min(Compression.BlockSize - _blockLength, input.Length);
            input[..taken].CopyTo(((Span<byte>)_block)[_blockLength..]);
            _blockLength += taken;
            input = input[taken..];
        }
    }

    private void EndChunk()
    {
        Words8 chaining = default;
        new OutputNode(_chaining, _block, _chunk, _blockLength, _flags | StartFlag | Compression.ChunkEnd).Chain(chaining);
        Push(chaining);
        _chaining = _key;
        _blocksDone = 0;
        _blockLength = 0;
    }

    private void AddLanes(ReadOnlySpan<byte> input)
    {
        Span<uint> chainings = stackalloc uint[8 * ChunkLanes.Lanes];
        ChunkLanes.Hash(input, _key, _chunk, _flags, chainings);
        for (var lane = 0; lane < ChunkLanes.Lanes; lane++)
            Push(chainings.Slice(8 * lane, 8));
    }

    /// <summary>Adds a whole chunk's value; as many subtrees are whole now as the new number of chunks ends in zero bits.</summary>
    private void Push(Span<uint> chaining)
    {
        _chunk++;
        Span<byte> pair = stackalloc byte[Compression.BlockSize];
        Span<uint> waiting = _waiting;
        for (var chunks = _chunk; (chunks & 1) == 0; chunks >>= 1)
        {
            _depth--;
            Pair(waiting.Slice(8 * _depth, 8), chaining, pair);
            new OutputNode(_key, pair, 0, Compression.BlockSize, _flags | Compression.Parent).Chain(chaining);
        }

        chaining.CopyTo(waiting[(8 * _depth)..]);
        _depth++;
    }

    private static void Pair(ReadOnlySpan<uint> left, ReadOnlySpan<uint> right, Span<byte> block)
    {
        for (var i = 0; i < 8; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(block[(4 * i)..], left[i]);
            BinaryPrimitives.WriteUInt32LittleEndian(block[(32 + (4 * i))..], right[i]);
        }
    }

    [InlineArray(8 * MostDepth)]
    private struct Subtrees
    {
        private uint _first;
    }
}

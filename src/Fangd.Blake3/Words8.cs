using System.Runtime.CompilerServices;

namespace Fangd.Blake3;

/// <summary>A chaining value or a key: 256 bits as little-endian words.</summary>
[InlineArray(8)]
internal struct Words8
{
    private uint _first;
}

/// <summary>What one compression gives: the first half is the chaining value, all of it is output of a root.</summary>
[InlineArray(16)]
internal struct Words16
{
    private uint _first;
}

[InlineArray(Compression.BlockSize)]
internal struct BlockBytes
{
    private byte _first;
}

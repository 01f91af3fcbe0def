using System.Runtime.Intrinsics;

namespace Fangd.Blake3;

/// <summary>BLAKE3 of an input that comes in pieces. Not safe for concurrent use.</summary>
public sealed class Blake3Hasher
{
    private TreeHasher _tree;

    public Blake3Hasher()
        : this(Compression.Initial, 0, Vector128.IsHardwareAccelerated)
    {
    }

    internal Blake3Hasher(ReadOnlySpan<uint> key, uint flags, bool usesLanes) => _tree = new TreeHasher(key, flags, usesLanes);

    /// <summary>As <see cref="Blake3Hash.Keyed"/>.</summary>
    public static Blake3Hasher Keyed(ReadOnlySpan<byte> key)
    {
        Words8 words = default;
        Blake3Hash.LoadKey(key, words);
        return new Blake3Hasher(words, Compression.KeyedHash, Vector128.IsHardwareAccelerated);
    }

    /// <summary>As <see cref="Blake3Hash.DeriveKey"/>; the material is what is added.</summary>
    public static Blake3Hasher ForKey(string context)
    {
        Words8 words = default;
        Blake3Hash.ContextKey(context, words);
        return new Blake3Hasher(words, Compression.DeriveMaterial, Vector128.IsHardwareAccelerated);
    }

    public void Add(ReadOnlySpan<byte> input) => _tree.Add(input);

    /// <summary>Writes the hash of all that was added so far; more may be added afterwards. The output may have any length.</summary>
    public void Finish(Span<byte> output) => _tree.Finish(output);
}

using System.Buffers;

namespace Fangd.Protocols;

/// <summary>A growing byte buffer on rented arrays. Disposing gives the array back; a second time does nothing.</summary>
internal sealed class PooledBytes(int capacity) : IBufferWriter<byte>, IDisposable
{
    private byte[] array = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => array.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => array.AsMemory(0, Length);

    public void Clear() => Length = 0;

    public void Append(ReadOnlySpan<byte> part)
    {
        part.CopyTo(GetSpan(part.Length));
        Length += part.Length;
    }

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return array.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return array.AsSpan(Length);
    }

    public void Dispose()
    {
        var taken = array;
        array = [];
        Length = 0;
        if (taken.Length > 0) ArrayPool<byte>.Shared.Return(taken);
    }

    private void Ensure(int more)
    {
        if (array.Length - Length >= Math.Max(more, 1)) return;
        var bigger = ArrayPool<byte>.Shared.Rent(checked(Math.Max(Length + Math.Max(more, 1), array.Length * 2)));
        Span.CopyTo(bigger);
        var old = array;
        array = bigger;
        if (old.Length > 0) ArrayPool<byte>.Shared.Return(old);
    }
}

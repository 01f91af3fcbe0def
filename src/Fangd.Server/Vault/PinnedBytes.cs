using System.Security.Cryptography;

namespace Fangd.Server.Vault;

/// <summary>Bytes of a secret: the collector cannot copy them about, and they are zeroed when done with.</summary>
internal sealed class PinnedBytes(int length) : IDisposable
{
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(length, pinned: true);

    public Span<byte> Span => _bytes;

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}

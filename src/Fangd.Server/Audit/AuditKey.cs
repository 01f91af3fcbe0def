using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Fangd.Blake3;

namespace Fangd.Server.Audit;

/// <summary>Vouches for anchors: whoever can write to the database but not read the key file cannot make one.</summary>
internal sealed class AuditKey
{
    private readonly byte[] _key = new byte[Blake3Hash.KeySize];

    /// <param name="material">The content of the key file, whatever it is: another content is another key.</param>
    public AuditKey(ReadOnlySpan<byte> material) => Blake3Hash.DeriveKey("fangd 2026-11-28 audit anchors", material, _key);

    public AuditAnchor Sign(string name, long seq, byte[] hash) => new(name, seq, hash, Mac(name, seq, hash));

    public bool HasSigned(AuditAnchor anchor) => CryptographicOperations.FixedTimeEquals(Mac(anchor.Name, anchor.Seq, anchor.Hash), anchor.Mac);

    private byte[] Mac(string name, long seq, byte[] hash)
    {
        // The hash comes last, so its length needs no prefix; names are constants.
        var message = new byte[sizeof(long) + sizeof(byte) + name.Length + hash.Length];
        BinaryPrimitives.WriteInt64LittleEndian(message, seq);
        message[sizeof(long)] = (byte)name.Length;
        Encoding.ASCII.GetBytes(name, message.AsSpan(sizeof(long) + 1));
        hash.CopyTo(message, message.Length - hash.Length);
        var mac = new byte[Blake3Hash.Size];
        Blake3Hash.Keyed(_key, message, mac);
        return mac;
    }
}

using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Fangd.Server.Vault;

/// <summary>
/// The bytes of <c>vault.enc</c>: <c>FGDV</c>, version 1, a nonce (12), the tag (16), then AES-256-GCM over the entries: for each name and
/// value its length in UTF-8 (32 bits, little-endian) and its bytes. Authenticated with them are magic, version and what the file is for, so that no
/// other file that one key sealed passes for a vault. A nonce is fresh with every save.
/// </summary>
internal static class VaultFormat
{
    public const int MostBytes = 4 * 1024 * 1024;

    private const int NonceAt = 5;
    private const int TagAt = 17;
    private const int SealedAt = 33;

    private static ReadOnlySpan<byte> Head => "FGDV\u0001"u8;

    private static ReadOnlySpan<byte> Purpose => "FGDV\u0001fangd vault: secrets by name"u8;

    public static byte[] Seal(ImmutableSortedDictionary<string, string> secrets, ReadOnlySpan<byte> key)
    {
        using var plain = new PinnedBytes(secrets.Sum(pair => 8 + Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value)));
        var rest = plain.Span;
        foreach (var (name, value) in secrets)
        {
            Put(ref rest, name);
            Put(ref rest, value);
        }

        var file = new byte[SealedAt + plain.Span.Length];
        Head.CopyTo(file);
        RandomNumberGenerator.Fill(file.AsSpan(NonceAt..TagAt));
        using var aes = new AesGcm(key, SealedAt - TagAt);
        aes.Encrypt(file.AsSpan(NonceAt..TagAt), plain.Span, file.AsSpan(SealedAt), file.AsSpan(TagAt..SealedAt), Purpose);
        return file;
    }

    /// <summary>Throws <see cref="VaultException"/> for another format, another key, or a byte that was changed.</summary>
    public static ImmutableSortedDictionary<string, string> Open(ReadOnlySpan<byte> file, ReadOnlySpan<byte> key)
    {
        if (file.Length < SealedAt || !file[..4].SequenceEqual(Head[..4]))
            throw new VaultException("it is not a vault of fangd");
        if (file[4] != Head[4])
            throw new VaultException($"it has format {file[4]}, which this fangd does not know: start a newer one");
        using var plain = new PinnedBytes(file.Length - SealedAt);
        using var aes = new AesGcm(key, SealedAt - TagAt);
        try
        {
            aes.Decrypt(file[NonceAt..TagAt], file[SealedAt..], file[TagAt..SealedAt], plain.Span, Purpose);
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new VaultException("the key does not fit, or the file was damaged");
        }

        var secrets = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        ReadOnlySpan<byte> rest = plain.Span;
        while (!rest.IsEmpty)
        {
            var name = Take(ref rest);
            secrets[name] = Take(ref rest);
        }

        return secrets.ToImmutable();
    }

    private static void Put(ref Span<byte> rest, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, rest[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(rest, length);
        rest = rest[(4 + length)..];
    }

    private static string Take(ref ReadOnlySpan<byte> rest)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        var text = Encoding.UTF8.GetString(rest.Slice(4, length));
        rest = rest[(4 + length)..];
        return text;
    }
}

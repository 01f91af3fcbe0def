using System.Security.Cryptography;
using System.Text;

namespace Fangd.Engine.Approvals;

/// <summary>Codes of the form <c>XXXX-XXXX-XXXX-XXXX</c> for the day when the phone is gone. Only salted hashes of them are kept.</summary>
public static class RecoveryCodes
{
    public const int Count = 8;

    private const int CodeBytes = 10;
    private const int SaltBytes = 16;
    private const int Letters = 16;

    /// <summary>One code of 80 random bits.</summary>
    public static string New()
    {
        var letters = Base32.Encode(RandomNumberGenerator.GetBytes(CodeBytes));
        return $"{letters[..4]}-{letters[4..8]}-{letters[8..12]}-{letters[12..]}";
    }

    public static bool IsCode(string text) => Canonical(text).Length == Letters;

    /// <summary>Salt and hash. A slow hash would add nothing: 80 random bits cannot be guessed.</summary>
    public static byte[] Hash(string code) => Hash(code, RandomNumberGenerator.GetBytes(SaltBytes));

    /// <summary>Whether the hash is this code's; in constant time.</summary>
    public static bool Matches(ReadOnlySpan<byte> kept, string code) =>
        kept.Length > SaltBytes && CryptographicOperations.FixedTimeEquals(kept, Hash(code, kept[..SaltBytes]));

    private static byte[] Hash(string code, ReadOnlySpan<byte> salt)
    {
        var canonical = Encoding.UTF8.GetBytes(Canonical(code));
        var kept = new byte[SaltBytes + SHA256.HashSizeInBytes];
        salt.CopyTo(kept);
        HMACSHA256.HashData(salt, canonical, kept.AsSpan(SaltBytes));
        return kept;
    }

    /// <summary>People type codes without dashes and in lower case.</summary>
    private static string Canonical(string text) => string.Concat(text.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
}

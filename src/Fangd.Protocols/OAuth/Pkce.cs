using System.Security.Cryptography;
using System.Text;

namespace Fangd.Protocols.OAuth;

/// <summary>Proof that whoever brings a code is who asked for it (RFC 7636, method S256).</summary>
public static class Pkce
{
    /// <summary>A verifier of 256 bits of chance, and what else must not be guessed.</summary>
    public static string NewSecret() => Encoded(RandomNumberGenerator.GetBytes(32));

    public static string Challenge(string verifier) => Encoded(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    /// <summary>Base64 for URLs, without padding (RFC 7636 appendix A).</summary>
    private static string Encoded(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}

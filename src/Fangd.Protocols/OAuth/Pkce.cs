using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Fangd.Protocols.OAuth;

/// <summary>Proof that whoever brings a code is who asked for it (RFC 7636, method S256).</summary>
public static class Pkce
{
    /// <summary>A verifier of 256 bits of chance, and what else must not be guessed.</summary>
    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string Challenge(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
}

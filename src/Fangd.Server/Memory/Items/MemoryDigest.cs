using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Fangd.Server.Memory.Items;

/// <summary>What two memories of one agent share when they say the same: their scope and their words, whatever the case and the blanks.</summary>
internal static class MemoryDigest
{
    public static long Of(string scope, string text)
    {
        var plain = new StringBuilder(scope.Length + text.Length + 1).Append(scope).Append('\0');
        var afterBlank = true;
        foreach (var symbol in text)
        {
            if (char.IsWhiteSpace(symbol))
            {
                if (!afterBlank)
                    plain.Append(' ');
                afterBlank = true;
                continue;
            }

            plain.Append(char.ToLowerInvariant(symbol));
            afterBlank = false;
        }

        // 64 bits: among a million memories of one agent two unlike ones meet once in 37 million tries.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(plain.ToString().TrimEnd()), hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash);
    }
}

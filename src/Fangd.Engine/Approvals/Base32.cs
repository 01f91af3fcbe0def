using System.Text;

namespace Fangd.Engine.Approvals;

/// <summary>Base32 of RFC 4648 section 6, without padding: the form in which authenticator apps take secrets.</summary>
public static class Base32
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder((bytes.Length * 8 + 4) / 5);
        var (bits, count) = (0, 0);
        foreach (var one in bytes)
        {
            bits = (bits << 8 | one) & 0xfff;
            for (count += 8; count >= 5; count -= 5)
                text.Append(Alphabet[bits >> (count - 5) & 31]);
        }

        if (count > 0)
            text.Append(Alphabet[bits << (5 - count) & 31]);
        return text.ToString();
    }

    /// <summary>Takes lower case and padding as well; null for a text with other characters.</summary>
    public static byte[]? Decode(string text)
    {
        var digits = text.AsSpan().TrimEnd('=');
        var bytes = new byte[digits.Length * 5 / 8];
        var (bits, count, at) = (0, 0, 0);
        foreach (var digit in digits)
        {
            var value = Alphabet.IndexOf(char.ToUpperInvariant(digit), StringComparison.Ordinal);
            if (value < 0)
                return null;
            bits = (bits << 5 | value) & 0xfff;
            count += 5;
            if (count < 8)
                continue;
            count -= 8;
            bytes[at++] = (byte)(bits >> count);
        }

        return bytes;
    }
}

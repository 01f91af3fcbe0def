using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Fangd.Engine.Approvals;

/// <summary>Time-based one-time passwords: RFC 6238 with SHA-1, six digits and steps of 30 seconds, as every authenticator app has them.</summary>
public static class Totp
{
    /// <summary>Bytes of a new secret: 160 bits, as RFC 4226 section 4 recommends.</summary>
    public const int SecretBytes = 20;

    private const int StepSeconds = 30;

    /// <summary>Steps by which the clocks of phone and daemon may differ, either way.</summary>
    private const int Skew = 1;

    /// <summary>The number of the step that a moment lies in.</summary>
    public static long StepAt(DateTimeOffset now) => now.ToUnixTimeSeconds() / StepSeconds;

    /// <summary>The code of one step; <paramref name="digits"/> up to 9.</summary>
    public static string Code(ReadOnlySpan<byte> secret, long step, int digits = 6)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // RFC 6238 as apps implement it; HMAC does not suffer from SHA-1's collisions.
        HMACSHA1.HashData(secret, counter, hash);
#pragma warning restore CA5350
        // Dynamic truncation, RFC 4226 section 5.3.
        var number = BinaryPrimitives.ReadUInt32BigEndian(hash[(hash[^1] & 15)..]) & 0x7fffffff;
        var modulus = 1u;
        for (var i = 0; i < digits; i++)
            modulus *= 10;
        return (number % modulus).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
    }

    /// <summary>
    /// The step whose code this is, one either side of now included, or null. Each candidate is compared in constant time and all of them
    /// always: how long it takes says nothing.
    /// </summary>
    public static long? Match(ReadOnlySpan<byte> secret, string code, DateTimeOffset now)
    {
        Span<byte> given = stackalloc byte[6];
        if (code.Length != given.Length || !Encoding.ASCII.TryGetBytes(code, given, out _))
            return null;
        long? matched = null;
        Span<byte> wanted = stackalloc byte[6];
        for (var step = StepAt(now) - Skew; step <= StepAt(now) + Skew; step++)
        {
            Encoding.ASCII.GetBytes(Code(secret, step), wanted);
            if (CryptographicOperations.FixedTimeEquals(given, wanted))
                matched = step;
        }

        return matched;
    }

    /// <summary>What an authenticator app reads from a QR code, by the Key URI Format.</summary>
    public static string Uri(string issuer, string account, string secret) =>
        $"otpauth://totp/{System.Uri.EscapeDataString(issuer)}:{System.Uri.EscapeDataString(account)}?secret={secret}&issuer={System.Uri.EscapeDataString(issuer)}&algorithm=SHA1&digits=6&period=30";
}

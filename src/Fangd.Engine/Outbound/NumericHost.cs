using System.Globalization;
using System.Net;

namespace Fangd.Engine.Outbound;

/// <summary>
/// The ways in which a host can be an IPv4 address without looking like one: decimal, octal, hexadecimal, with fewer parts
/// (URL standard, §3.5 "IPv4 parser"). Resolvers understand them too, so they must not pass for names.
/// </summary>
internal static class NumericHost
{
    /// <summary>Whether the last label is a number: then the host is an address or nothing.</summary>
    public static bool EndsInNumber(string host)
    {
        var last = host.AsSpan(host.LastIndexOf('.') + 1);
        return last.Length > 0 && (last.IndexOfAnyExceptInRange('0', '9') < 0 || Part(last) is not null);
    }

    /// <summary>The address, or null for a host that is none.</summary>
    public static IPAddress? Read(string host)
    {
        var labels = host.Split('.');
        if (labels.Length > 4)
            return null;
        ulong address = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            // The last part fills all bytes that the others leave.
            var bytes = i == labels.Length - 1 ? 5 - labels.Length : 1;
            if (Part(labels[i]) is not { } part || part >= 1UL << (8 * bytes))
                return null;
            address = (address << (8 * bytes)) | part;
        }
        return new IPAddress([(byte)(address >> 24), (byte)(address >> 16), (byte)(address >> 8), (byte)address]);
    }

    private static ulong? Part(ReadOnlySpan<char> label)
    {
        if (label.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return label.Length == 2 ? 0
                : ulong.TryParse(label[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) ? hex
                : null;
        }
        if (label.Length > 1 && label[0] == '0')
            return Octal(label);
        return ulong.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static ulong? Octal(ReadOnlySpan<char> digits)
    {
        ulong value = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7' || value > uint.MaxValue)
                return null;
            value = (value * 8) + (uint)(digit - '0');
        }
        return value;
    }
}

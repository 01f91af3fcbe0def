using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Fangd.Engine.Outbound;

/// <summary>
/// Sorts addresses by the special-purpose registries of IANA (RFC 6890 and its updates). An IPv6 address that only carries an IPv4 one is
/// judged by what it carries. Of IPv6 itself just the global unicast block 2000::/3 is public, so a block that is handed out for
/// another use tomorrow is closed today.
/// </summary>
internal static class AddressRanges
{
    private static readonly (uint Network, int Length, AddressKind Kind)[] _four =
    [
        // The metadata addresses come first: they lie inside ranges that an allowance can open.
        (Ip(169, 254, 169, 0), 24, AddressKind.Metadata),    // AWS, Azure, Google, OpenStack and most others
        (Ip(169, 254, 170, 0), 24, AddressKind.Metadata),    // AWS: credentials of containers
        (Ip(100, 100, 100, 200), 32, AddressKind.Metadata),  // Alibaba
        (Ip(192, 0, 0, 192), 32, AddressKind.Metadata),      // Oracle
        (Ip(168, 63, 129, 16), 32, AddressKind.Metadata),    // Azure's WireServer, on an otherwise public address
        (Ip(0, 0, 0, 0), 8, AddressKind.Reserved),           // "this host": Linux connects to loopback
        (Ip(10, 0, 0, 0), 8, AddressKind.Private),
        (Ip(100, 64, 0, 0), 10, AddressKind.Private),        // carrier-grade NAT, Tailscale
        (Ip(127, 0, 0, 0), 8, AddressKind.Loopback),
        (Ip(169, 254, 0, 0), 16, AddressKind.Private),
        (Ip(172, 16, 0, 0), 12, AddressKind.Private),
        (Ip(192, 0, 0, 0), 24, AddressKind.Reserved),
        (Ip(192, 0, 2, 0), 24, AddressKind.Reserved),
        (Ip(192, 88, 99, 0), 24, AddressKind.Reserved),
        (Ip(192, 168, 0, 0), 16, AddressKind.Private),
        (Ip(198, 18, 0, 0), 15, AddressKind.Private),        // benchmarks, and the made-up answers of local proxies
        (Ip(198, 51, 100, 0), 24, AddressKind.Reserved),
        (Ip(203, 0, 113, 0), 24, AddressKind.Reserved),
        (Ip(224, 0, 0, 0), 3, AddressKind.Reserved),         // multicast, 240/4, broadcast
    ];

    public static AddressKind KindOf(IPAddress address)
    {
        if (address.AddressFamily is AddressFamily.InterNetwork)
            return KindOfFour(Bytes(address, stackalloc byte[4]));
        return address.AddressFamily is AddressFamily.InterNetworkV6 ? KindOfSix(Bytes(address, stackalloc byte[16])) : AddressKind.Reserved;
    }

    private static AddressKind KindOfFour(ReadOnlySpan<byte> bytes)
    {
        var address = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        foreach (var (network, length, kind) in _four)
        {
            if ((address ^ network) >> (32 - length) == 0)
                return kind;
        }
        return AddressKind.Public;
    }

    private static AddressKind KindOfSix(ReadOnlySpan<byte> bytes)
    {
        // ::/96 holds the unspecified address, loopback, and IPv4 in its "compatible" form; ::ffff:0:0/96 the mapped and
        // ::ffff:0:0:0/96 the translated one (RFC 4291, RFC 2765).
        if (bytes[..8].IndexOfAnyExcept((byte)0) < 0)
        {
            return bytes[8..12] switch
            {
                [0, 0, 0, 0] when bytes[12..].SequenceEqual((ReadOnlySpan<byte>)[0, 0, 0, 1]) => AddressKind.Loopback,
                [0, 0, 0, 0] or [0, 0, 0xFF, 0xFF] or [0xFF, 0xFF, 0, 0] => KindOfFour(bytes[12..]),
                _ => AddressKind.Reserved,
            };
        }
        // NAT64 (RFC 6052): a network without IPv4 reaches all of the old internet by it, so what is inside decides.
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0, 0x64, 0xFF, 0x9B]) && bytes[4..12].IndexOfAnyExcept((byte)0) < 0)
            return KindOfFour(bytes[12..]);
        if (bytes[0] == 0xFD)
            return IsMetadata(bytes) ? AddressKind.Metadata : AddressKind.Private;
        if (bytes[0] == 0xFC || (bytes[0] == 0xFE && bytes[1] >= 0x80))
            return AddressKind.Private;
        return IsGlobal(bytes) ? AddressKind.Public : AddressKind.Reserved;
    }

    /// <summary>fd00:ec2::/32 of AWS and fd20:ce::254 of Google.</summary>
    private static bool IsMetadata(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x00, 0x0E, 0xC2]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x20, 0x00, 0xCE]);

    private static bool IsGlobal(ReadOnlySpan<byte> bytes) => (bytes[0] & 0xE0) == 0x20 && bytes switch
    {
        // 2001::/23 is for protocols (Teredo, ORCHID, benchmarks), 2001:db8::/32 and 3fff::/20 for documents, 2002::/16 is 6to4.
        [0x20, 0x01, 0x00 or 0x01, ..] or [0x20, 0x01, 0x0D, 0xB8, ..] or [0x20, 0x02, ..] => false,
        [0x3F, 0xFF, < 0x10, ..] => false,
        _ => true,
    };

    private static ReadOnlySpan<byte> Bytes(IPAddress address, Span<byte> into)
    {
        address.TryWriteBytes(into, out var count);
        return into[..count];
    }

    private static uint Ip(byte a, byte b, byte c, byte d) => ((uint)a << 24) | ((uint)b << 16) | ((uint)c << 8) | d;
}

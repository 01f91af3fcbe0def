using System.Globalization;
using System.Net;

namespace Fangd.Engine.Outbound;

/// <summary>
/// One entry of a list that opens private targets: an exact host, <c>*.domain</c>, an address or a CIDR block, each with an optional
/// <c>:port</c> (an IPv6 address then stands in brackets). Metadata addresses stay closed whatever it says.
/// </summary>
public sealed class HostAllowance
{
    private readonly string? _name;
    private readonly bool _isWildcard;
    private readonly IPNetwork? _network;
    private readonly int? _port;

    private HostAllowance(string? name, bool isWildcard, IPNetwork? network, int? port) =>
        (_name, _isWildcard, _network, _port) = (name, isWildcard, network, port);

    /// <summary>Null for a text that is none of the forms.</summary>
    public static HostAllowance? Parse(string text)
    {
        var host = text.Trim();
        int? port = null;
        var colon = host.LastIndexOf(':');
        // Two colons without brackets are an IPv6 address.
        if (colon >= 0 && (host.IndexOf(':') == colon || host[colon - 1] == ']'))
        {
            if (!int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is 0 or > 65535)
                return null;
            (host, port) = (host[..colon], number);
        }
        if (host.StartsWith('[') && host.EndsWith(']'))
            host = host[1..^1];
        if (IPNetwork.TryParse(host, out var network))
            return new HostAllowance(null, false, network, port);

        var isWildcard = host.StartsWith("*.", StringComparison.Ordinal);
        try
        {
            var target = OutboundTarget.Of(isWildcard ? host[2..] : host, 0);
            if (target.Address is not { } address)
                return new HostAllowance(target.Host, isWildcard, null, port);
            return isWildcard ? null : new HostAllowance(null, false, new IPNetwork(address, address.GetAddressBytes().Length * 8), port);
        }
        catch (OutboundRefusal)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether the entry opens this address of this target. A wildcard opens the network but not this machine: whoever answers for a
    /// domain's names could otherwise reach every service that trusts loopback.
    /// </summary>
    internal bool Opens(OutboundTarget target, IPAddress address, AddressKind kind)
    {
        if (kind is not (AddressKind.Private or AddressKind.Loopback) || (_port is { } port && port != target.Port))
            return false;
        if (_network is { } network)
            return network.Contains(address) || (address.IsIPv4MappedToIPv6 && network.Contains(address.MapToIPv4()));
        return _isWildcard ? kind is AddressKind.Private && IsBelow(target.Host) : target.Host == _name;
    }

    /// <summary>Whether the entry names this host, so that a name that usually means this machine may be looked up.</summary>
    internal bool Names(OutboundTarget target) => _name is not null && !_isWildcard && target.Host == _name && (_port is null || _port == target.Port);

    private bool IsBelow(string host) => host.Length > _name!.Length + 1 && host.EndsWith(_name, StringComparison.Ordinal) && host[^(_name.Length + 1)] == '.';
}

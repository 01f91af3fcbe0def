using System.Net;
using System.Net.Sockets;

namespace Fangd.Engine.Outbound;

/// <summary>
/// Where a URL leads, in the one spelling that every rule and the connection itself use: lower case, ASCII (IDN as punycode), no dot at the end,
/// and <paramref name="Address"/> set when the host is an address in whatever notation.
/// </summary>
public sealed record OutboundTarget(string Host, int Port, IPAddress? Address)
{
    /// <summary>The host and port as rules and sentences write them.</summary>
    public override string ToString() => Address?.AddressFamily is AddressFamily.InterNetworkV6 ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>Throws <see cref="OutboundRefusal"/> for a URL that leads nowhere allowed at all: a matter of form, before any address is looked up.</summary>
    public static OutboundTarget Of(Uri url)
    {
        if (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https"))
            throw new OutboundRefusal($"The URL \"{Shown(url)}\" is refused: only http:// and https:// are fetched.");
        if (url.UserInfo.Length > 0)
            throw new OutboundRefusal($"The URL of {url.IdnHost} is refused: it has a user name or password before the host; send credentials in a header.");
        return Of(url.IdnHost, url.Port);
    }

    /// <summary>A host without brackets, as a URL or a connection names it. Throws <see cref="OutboundRefusal"/>.</summary>
    internal static OutboundTarget Of(string host, int port)
    {
        if (host.Contains(':'))
        {
            return IPAddress.TryParse(host, out var six) && six.AddressFamily is AddressFamily.InterNetworkV6
                ? new OutboundTarget(Plain(six), port, six)
                : throw Malformed(host);
        }
        var name = host.ToLowerInvariant();
        if (name.EndsWith('.'))
            name = name[..^1];
        if (!IsName(name))
            throw Malformed(host);
        if (!NumericHost.EndsInNumber(name))
            return new OutboundTarget(name, port, null);
        return NumericHost.Read(name) is { } four ? new OutboundTarget(four.ToString(), port, four) : throw Malformed(host);
    }

    /// <summary>RFC 1123, with the underscore that real names have.</summary>
    private static bool IsName(string name)
    {
        if (name.Length is 0 or > 253)
            return false;
        foreach (var label in name.Split('.'))
        {
            if (label.Length is 0 or > 63 || label.AsSpan().IndexOfAnyExcept(_labelSymbols) >= 0)
                return false;
        }
        return true;
    }

    private static readonly System.Buffers.SearchValues<char> _labelSymbols = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Without the zone, which only says by which wire a link-local address is reached.</summary>
    private static string Plain(IPAddress six) => six.ScopeId == 0 ? six.ToString() : new IPAddress(six.GetAddressBytes()).ToString();

    private static OutboundRefusal Malformed(string host) => new($"The host \"{Shown(host)}\" is refused: it is neither a host name nor an address.");

    private static string Shown(Uri url) => Shown(url.OriginalString);

    private static string Shown(string text) =>
        string.Concat(text.Take(100).Select(symbol => char.IsControl(symbol) || char.IsSurrogate(symbol) ? '?' : symbol)) + (text.Length > 100 ? "…" : "");
}

using System.Net;
using System.Net.Sockets;

namespace Fangd.Server.A2a.Peers;

/// <summary>
/// Where A2A may call out to: http(s) only; an address that is this machine's or its network's only when <paramref name="allowLoopback"/> says so,
/// and one that hands out credentials of the cloud never. Names are resolved here and the connection goes to the address that was looked at, so
/// that a name cannot mean another one in between.
/// </summary>
internal sealed class PeerTargets(bool allowLoopback)
{
    private static readonly string[] _metadataNames = ["metadata.google.internal", "metadata.aws.internal", "instance-data"];

    private static readonly IPNetwork[] _never =
    [
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("100.100.100.200/32"), IPNetwork.Parse("192.0.0.192/32"), IPNetwork.Parse("0.0.0.0/8"),
        IPNetwork.Parse("224.0.0.0/3"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("ff00::/8"), IPNetwork.Parse("::/128"), IPNetwork.Parse("fd00:ec2::254/128"),
    ];

    private static readonly IPNetwork[] _private =
    [
        IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("::1/128"), IPNetwork.Parse("fc00::/7"),
    ];

    /// <summary>Why an address is not called, or null. What a name stands for is looked at when it is.</summary>
    public string? Refusal(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var target) || target.Scheme is not ("http" or "https") || target.Host.Length == 0)
            return "it must be an http:// or https:// URL";
        if (target.UserInfo.Length > 0)
            return "it must not hold a user name";
        if (_metadataNames.Contains(target.IdnHost.TrimEnd('.'), StringComparer.OrdinalIgnoreCase))
            return "it is a metadata service";
        return IPAddress.TryParse(target.Host.Trim('[', ']'), out var address) ? Refusal(address) : null;
    }

    /// <summary>Connections that go by these rules; redirects are not followed, proxies not used.</summary>
    public HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        ActivityHeadersPropagator = null,
        ConnectCallback = Connect,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var host = context.DnsEndPoint.Host;
        var addresses = await Dns.GetHostAddressesAsync(host, cancel);
        foreach (var address in addresses)
        {
            if (Refusal(address) is { } why)
                throw new TargetRefusedException($"{host}: {why}");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private string? Refusal(IPAddress address)
    {
        address = Unwrapped(address);
        if (Array.Exists(_never, network => network.Contains(address)))
            return $"{address} is never called";
        return !allowLoopback && Array.Exists(_private, network => network.Contains(address))
            ? $"{address} is on this machine or its network: set allow_loopback_targets = true under [security] to allow it"
            : null;
    }

    /// <summary>The IPv4 address inside of a mapped (::ffff:0:0/96) or translated (64:ff9b::/96) one.</summary>
    private static IPAddress Unwrapped(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        return bytes is [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, ..] ? new IPAddress(bytes.AsSpan(12)) : address;
    }
}

/// <summary>A name stands for an address that is not called.</summary>
internal sealed class TargetRefusedException(string message) : IOException(message);

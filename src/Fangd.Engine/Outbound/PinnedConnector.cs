using System.Net;
using System.Net.Sockets;

namespace Fangd.Engine.Outbound;

/// <summary>The addresses of a host. Throws <see cref="SocketException"/> when it has none.</summary>
public delegate Task<IPAddress[]> ResolveHost(string host, CancellationToken cancel);

/// <summary>
/// Opens connections to addresses that were checked. The name is looked up once and the connection goes to an address out of that very answer, so
/// a second answer that a hostile name server would give (DNS rebinding) is never asked for.
/// </summary>
internal sealed class PinnedConnector(OutboundGuard guard, ResolveHost resolve, TimeProvider time)
{
    private static readonly TimeSpan _longestTry = TimeSpan.FromSeconds(5);

    /// <summary>Throws <see cref="OutboundRefusal"/> when the target is closed, or cannot be found or reached.</summary>
    public async ValueTask<NetworkStream> Connect(OutboundTarget target, CancellationToken cancel)
    {
        guard.CheckHost(target);
        var addresses = target.Address is { } literal ? [literal] : await Resolve(target, cancel);
        // All of them, not only the one that is taken: a name that mixes public and private addresses is an attack or a mistake.
        foreach (var address in addresses)
            guard.CheckAddress(target, address);

        for (var i = 0; ; i++)
        {
            var isLast = i == addresses.Length - 1;
            if (await Try(addresses[i], target, isLast, cancel) is { } stream)
                return stream;
        }
    }

    private async Task<IPAddress[]> Resolve(OutboundTarget target, CancellationToken cancel)
    {
        try
        {
            if (await resolve(target.Host, cancel) is { Length: > 0 } addresses)
                return addresses;
        }
        catch (SocketException)
        {
            // Told below in words; the system's own differ from one C library to the next.
        }
        throw new OutboundRefusal($"The host {target.Host} could not be found.");
    }

    private async Task<NetworkStream?> Try(IPAddress address, OutboundTarget target, bool isLast, CancellationToken cancel)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var patience = new CancellationTokenSource(isLast ? Timeout.InfiniteTimeSpan : _longestTry, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, target.Port), either.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException failed)
        {
            socket.Dispose();
            return isLast ? throw Unreachable(target, failed.SocketErrorCode) : null;
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            cancel.ThrowIfCancellationRequested();
            return null;
        }
    }

    private static OutboundRefusal Unreachable(OutboundTarget target, SocketError error) => new(error switch
    {
        SocketError.ConnectionRefused => $"Nothing answers at {target}: the connection was refused.",
        SocketError.TimedOut => $"Nothing answers at {target}: the connection timed out.",
        _ => $"There is no way to {target} from here ({error}).",
    });
}

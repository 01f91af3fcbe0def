using System.Net;
using System.Net.Sockets;

namespace Fangd.TestKit;

/// <summary>Loopback ports for a process that cannot be asked which one it took.</summary>
public static class Ports
{
    // Below the range that the kernel takes for outgoing connections: a port from there could be taken by one of the test's own
    // connections between this answer and the daemon's bind.
    private const int First = 12_000;
    private const int Count = 18_000;

    private static int next = Environment.ProcessId * 97 % Count;

    /// <summary>The first of <paramref name="count"/> ports in a row that nobody listens on.</summary>
    public static int Free(int count = 1)
    {
        for (var attempt = 0; attempt < Count; attempt++)
        {
            var port = First + (Interlocked.Add(ref next, count) & int.MaxValue) % (Count - count);
            if (Enumerable.Range(port, count).All(IsFree))
                return port;
        }
        throw new InvalidOperationException("no port is free");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

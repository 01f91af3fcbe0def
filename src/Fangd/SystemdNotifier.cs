using System.Net.Sockets;
using System.Text;

namespace Fangd;

/// <summary>Tells systemd that the daemon is ready or stops (sd_notify(3), <c>Type=notify</c>).</summary>
internal sealed class SystemdNotifier(string socketPath)
{
    /// <summary>Null when systemd did not ask to be told.</summary>
    public static SystemdNotifier? FromEnvironment() =>
        Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is { Length: > 0 } path ? new SystemdNotifier(path) : null;

    public void Notify(string state)
    {
        try
        {
            // A leading @ names an abstract socket, whose first byte is NUL.
            var address = new UnixDomainSocketEndPoint(socketPath[0] == '@' ? "\0" + socketPath[1..] : socketPath);
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo(Encoding.UTF8.GetBytes(state), address);
        }
        catch (SocketException)
        {
            // Whoever set the variable does not listen; the daemon works all the same.
        }
    }
}

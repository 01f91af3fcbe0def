using System.Net;
using System.Net.Sockets;
using Fangd.Cli.Api;
using Fangd.Cli.Settings;

namespace Fangd.Cli.Doctor;

/// <summary>Whether each listener's port is fangd's, free, or taken by another program.</summary>
internal static class PortCheck
{
    public static async Task<IReadOnlyList<Finding>> Look(ClientConfig config, CommandContext context, CancellationToken aborted)
    {
        var findings = new List<Finding>();
        foreach (var listener in config.Listeners)
            findings.Add(await Look(listener, context, aborted));
        return findings;
    }

    private static async Task<Finding> Look(IPEndPoint listener, CommandContext context, CancellationToken aborted)
    {
        var url = DaemonAddress.OfListener(listener);
        using (var client = new DaemonClient(new DaemonAddress(url, null, ""), context.Host.Time))
        {
            try
            {
                using var answer = await client.Get("api/health", TimeSpan.FromSeconds(3), aborted);
                if (answer.Root.Text("status").Length > 0)
                    return Finding.Ok("port", $"{listener} is fangd's");
            }
            catch (CommandException)
            {
                // Not fangd; what it is shows below.
            }
        }
        return TryBind(listener);
    }

    private static Finding TryBind(IPEndPoint listener)
    {
        using var socket = new Socket(listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // As Kestrel does: a connection that is still winding down does not hold the port.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(listener);
            socket.Listen(1);
            return Finding.Ok("port", $"{listener} is free");
        }
        catch (SocketException failure)
        {
            var elsewhere = $"choose another: fangd config set api_listen {new IPEndPoint(listener.Address, listener.Port < 1024 ? listener.Port + 8000 : listener.Port + 1)}";
            return failure.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => Finding.Problem("port", $"{listener} is taken by {PortHolder.Of(listener.Port) ?? "another program"}", $"stop it, or {elsewhere}"),
                SocketError.AccessDenied => Finding.Problem("port", $"{listener}: ports below 1024 need a privilege", elsewhere),
                SocketError.AddressNotAvailable => Finding.Problem("port", $"{listener} is not an address of this machine", "choose another: fangd config set api_listen 127.0.0.1:4545"),
                _ => Finding.Problem("port", $"{listener} cannot be opened ({failure.SocketErrorCode})", elsewhere),
            };
        }
    }
}

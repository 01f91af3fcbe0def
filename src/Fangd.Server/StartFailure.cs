using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace Fangd.Server;

/// <summary>Words for what keeps a daemon from starting: what it is, and what to do. The framework's own are left out of the binary.</summary>
internal static partial class StartFailure
{
    public static IOException MayNotWrite(string path, string home, Exception cause) => new(
        $"user {EffectiveUser()} may not write {path}: give it the folder with `chown -R {EffectiveUser()} {home}`, start fangd as the user it belongs to, or name another home with FANGD_HOME",
        cause);

    /// <summary>Null when the failure is not about an address.</summary>
    public static IOException? OfAddress(Exception failure, IEnumerable<IPEndPoint> wanted)
    {
        // The server stops at the first address that it cannot have and names it in its message, if at all.
        var addresses = wanted.Select(address => address.ToString()).ToList();
        var address = addresses.Find(one => failure.Message.Contains(one, StringComparison.Ordinal)) ?? string.Join(" or ", addresses);
        var reason = failure switch
        {
            IOException { InnerException: AddressInUseException } => "is taken by another program: stop that, or choose another address",
            SocketException { SocketErrorCode: SocketError.AccessDenied } => "may not be used by this user (ports below 1024 are for root): choose another address",
            SocketException { SocketErrorCode: SocketError.AddressNotAvailable } => "is no address of this machine: choose another",
            SocketException { SocketErrorCode: SocketError.AddressFamilyNotSupported } => "is of a kind that this machine does not speak: choose another",
            _ => null,
        };
        return reason is null ? null : new IOException($"{address} {reason} with api_listen or [[listener]] in config.toml, or with FANGD_LISTEN", failure);
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}

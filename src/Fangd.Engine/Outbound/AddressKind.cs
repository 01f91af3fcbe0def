namespace Fangd.Engine.Outbound;

/// <summary>What an address is to a daemon that must not be led into its own network.</summary>
internal enum AddressKind
{
    Public,

    /// <summary>This machine.</summary>
    Loopback,

    /// <summary>The network that this machine is in: private, shared, link-local and site-local ranges.</summary>
    Private,

    /// <summary>Hands out the credentials of a cloud machine. No allowance opens it.</summary>
    Metadata,

    /// <summary>No place to connect to: unspecified, multicast, broadcast, documentation, reserved, and tunnels that hide another address.</summary>
    Reserved,
}

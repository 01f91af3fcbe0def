using System.Net;

namespace Fangd.Engine.Outbound;

/// <summary>Decides about one target, first by its name and then by each address that the name has.</summary>
internal sealed class OutboundGuard(OutboundTrust trust, OutboundRules rules)
{
    private readonly IReadOnlyList<HostAllowance> _allowances = trust is OutboundTrust.Agent ? rules.AgentHosts : rules.AdministratorHosts;

    /// <summary>Throws <see cref="OutboundRefusal"/> for a name, a literal address or a port that is closed.</summary>
    public void CheckHost(OutboundTarget target)
    {
        if (BlockedPorts.Contains(target.Port))
            throw new OutboundRefusal($"Port {target.Port} of {target.Host} is refused: it belongs to a protocol other than HTTP.");
        if (target.Address is { } address)
            CheckAddress(target, address);
        else if (HostNames.IsMetadata(target.Host))
            throw Refuse(target, target.Host, AddressKind.Metadata);
        else if (HostNames.IsLocal(target.Host) && !AllowsLoopback && !_allowances.Any(entry => entry.Names(target)))
            throw Refuse(target, target.Host, AddressKind.Loopback);
    }

    /// <summary>Throws <see cref="OutboundRefusal"/> for an address that is closed.</summary>
    public void CheckAddress(OutboundTarget target, IPAddress address)
    {
        var kind = AddressRanges.KindOf(address);
        if (kind is AddressKind.Public || (kind is AddressKind.Loopback && AllowsLoopback))
            return;
        foreach (var entry in _allowances)
        {
            if (entry.Opens(target, address, kind))
                return;
        }
        throw Refuse(target, address.ToString(), kind);
    }

    private bool AllowsLoopback => trust is OutboundTrust.Administrator && rules.AllowLoopbackTargets;

    private OutboundRefusal Refuse(OutboundTarget target, string found, AddressKind kind)
    {
        var what = found == target.Host ? target.Host : $"{target.Host} ({found})";
        return new OutboundRefusal(kind switch
        {
            AddressKind.Metadata => $"The target {what} is blocked: it hands out the credentials of cloud machines, and nothing can allow that.",
            AddressKind.Reserved => $"The target {what} is blocked: the address is reserved and belongs to no host on the internet.",
            AddressKind.Loopback => $"The target {what} is blocked: it is on this machine. {Advice(target, kind)}",
            _ => $"The target {what} is blocked: it is in a private network. {Advice(target, kind)}",
        });
    }

    private string Advice(OutboundTarget target, AddressKind kind) => trust switch
    {
        OutboundTrust.Agent => $"An administrator can allow it with [web.fetch] ssrf_allowed_hosts = [\"{target}\"].",
        _ when kind is AddressKind.Loopback => "Allow it with [security] allow_loopback_targets = true.",
        _ => $"Allow it with [security] allowed_private_hosts = [\"{target}\"].",
    };
}

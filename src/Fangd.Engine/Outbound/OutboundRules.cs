namespace Fangd.Engine.Outbound;

/// <summary>What is opened beyond the public internet.</summary>
public sealed record OutboundRules
{
    /// <summary><c>[web.fetch] ssrf_allowed_hosts</c>: for targets that an agent can steer.</summary>
    public IReadOnlyList<HostAllowance> AgentHosts { get; init; } = [];

    /// <summary><c>[security] allowed_private_hosts</c>: for targets that an administrator configured.</summary>
    public IReadOnlyList<HostAllowance> AdministratorHosts { get; init; } = [];

    /// <summary><c>[security] allow_loopback_targets</c>: what an administrator configured may be on this machine.</summary>
    public bool AllowLoopbackTargets { get; init; }
}

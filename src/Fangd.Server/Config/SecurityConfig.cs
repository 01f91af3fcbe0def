using Fangd.Engine.Outbound;

namespace Fangd.Server.Config;

/// <summary>Exceptions from the rules for outgoing requests to what an administrator configures; what an agent steers has its own.</summary>
/// <param name="AllowLoopbackTargets">They may go to this machine.</param>
/// <param name="AllowedPrivateHosts">They may go to these hosts of the own network.</param>
public sealed record SecurityConfig(bool AllowLoopbackTargets, IReadOnlyList<HostAllowance> AllowedPrivateHosts)
{
    internal static SecurityConfig Read(SectionReader section)
    {
        var read = new SecurityConfig(section.Boolean("allow_loopback_targets", false), AllowanceReader.Read(section, "allowed_private_hosts"));
        section.Finish();
        return read;
    }
}

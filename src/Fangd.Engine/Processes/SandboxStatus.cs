using System.Globalization;
using Fangd.Engine.Processes.Confinement;

namespace Fangd.Engine.Processes;

/// <summary>What stands around a sandboxed process on this machine. Each is "active" with what it does, or "not available" with the reason.</summary>
public sealed record SandboxStatus(SandboxPart Files, SandboxPart SystemCalls, SandboxPart Network)
{
    /// <summary>Asks the kernel; cheap.</summary>
    /// <param name="helper">The daemon's binary that puts the walls up; null when it was not found.</param>
    internal static SandboxStatus Probe(string? helper)
    {
        if (helper is null)
        {
            var missing = new SandboxPart(false, "the daemon's own binary was not found beside this program");
            return new SandboxStatus(missing, missing, missing);
        }
        var version = ConfinementCalls.LandlockVersion();
        var calls = Filter();
        return new SandboxStatus(
            version > 0
                ? new SandboxPart(true, string.Create(CultureInfo.InvariantCulture, $"Landlock {version}"))
                : new SandboxPart(false, "this kernel has no Landlock (Linux 5.13, with landlock among its security modules)"),
            calls,
            calls.IsActive ? new SandboxPart(true, "sockets of the machine are refused, and internet sockets where the network is not granted") : calls);
    }

    private static SandboxPart Filter() =>
        SystemCallNumbers.Own is null ? new SandboxPart(false, "there is no table of system calls for this architecture")
        : File.Exists("/proc/sys/kernel/seccomp/actions_avail") ? new SandboxPart(true, "seccomp")
        : new SandboxPart(false, "this kernel has no seccomp filters");
}

/// <summary>One wall: whether it stands, and what it is or why not.</summary>
public sealed record SandboxPart(bool IsActive, string Detail)
{
    public override string ToString() => IsActive ? $"active ({Detail})" : $"not available ({Detail})";
}

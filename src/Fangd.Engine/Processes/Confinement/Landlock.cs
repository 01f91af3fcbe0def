using System.Runtime.InteropServices;

namespace Fangd.Engine.Processes.Confinement;

/// <summary>
/// The walls around the file system: Landlock, from Linux 5.13 on. What a version of the kernel does not know yet is left out, so the
/// walls get higher with newer kernels. <c>Documentation/userspace-api/landlock.rst</c>.
/// </summary>
internal static unsafe class Landlock
{
    private const ulong Execute = 1 << 0;
    private const ulong WriteFile = 1 << 1;
    private const ulong ReadFile = 1 << 2;
    private const ulong ReadFolder = 1 << 3;
    private const ulong MakeDevices = (1 << 6) | (1 << 11);
    private const ulong AllSince1 = (1 << 13) - 1;
    private const ulong Refer = 1 << 13; // since 2
    private const ulong Truncate = 1 << 14; // since 3
    private const ulong DeviceControl = 1 << 15; // since 5
    private const ulong OfFiles = Execute | WriteFile | ReadFile | Truncate | DeviceControl;
    private const ulong Reading = Execute | ReadFile | ReadFolder;
    private const ulong TcpBindAndConnect = 3; // since 4
    private const ulong AbstractSocketsAndSignals = 3; // since 6

    /// <summary>
    /// Programs, libraries and what is public about the machine. Not all of /etc: services keep their secrets there.
    /// </summary>
    private static readonly string[] _system =
    [
        "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/proc", "/nix/store",
        "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/resolv.conf",
        "/etc/hosts", "/etc/hostname", "/etc/host.conf", "/etc/services", "/etc/protocols", "/etc/localtime", "/etc/timezone",
        "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ca-certificates", "/etc/pki/tls/certs", "/etc/pki/ca-trust", "/etc/alternatives",
        "/etc/mime.types", "/etc/inputrc", "/etc/terminfo", "/etc/os-release", "/etc/debian_version", "/etc/magic", "/etc/fonts",
        "/etc/java", "/etc/python3", "/etc/perl", "/etc/locale.conf", "/etc/default/locale", "/etc/bash.bashrc", "/etc/profile",
        "/sys/devices/system/cpu", "/sys/fs/cgroup",
    ];

    private static readonly string[] _readableDevices = ["/dev/urandom", "/dev/random"];
    private static readonly string[] _devices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/tty"];

    /// <summary>Confines this thread and what comes from it. False when the kernel has none of it; throws when it has and failed.</summary>
    public static bool Confine(ChildOrder order)
    {
        var version = ConfinementCalls.LandlockVersion();
        if (version <= 0)
            return false;
        var handled = Handled(version);
        var attributes = new Attributes
        {
            Files = handled,
            Network = version >= 4 && !order.IsNetworkAllowed ? TcpBindAndConnect : 0,
            Scoped = version >= 6 ? AbstractSocketsAndSignals : 0,
        };
        var rules = ConfinementCalls.LandlockRules(&attributes, version >= 6 ? 24 : version >= 4 ? 16 : 8);
        if (rules < 0)
            throw new ConfinementException("landlock rules");
        Allow(rules, _system, Reading & handled);
        Allow(rules, _readableDevices, ReadFile & handled);
        Allow(rules, _devices, (ReadFile | WriteFile | Truncate) & handled);
        Allow(rules, order.Readable, Reading & handled);
        Allow(rules, order.Writable, handled & ~MakeDevices & ~DeviceControl);
        if (!ConfinementCalls.LandlockEnter(rules))
            throw new ConfinementException("landlock");
        ConfinementCalls.Close(rules);
        return true;
    }

    private static ulong Handled(int version) =>
        AllSince1 | (version >= 2 ? Refer : 0) | (version >= 3 ? Truncate : 0) | (version >= 5 ? DeviceControl : 0);

    private static void Allow(int rules, IReadOnlyList<string> paths, ulong access)
    {
        foreach (var path in paths)
        {
            var file = ConfinementCalls.OpenPath(path);
            // What is not there needs no rule, and what cannot be opened stays closed.
            if (file < 0)
                continue;
            var rule = new PathRule { Access = access, File = file };
            // Rights of folders are refused for a file.
            if (ConfinementCalls.LandlockAdd(rules, &rule) != 0)
            {
                rule.Access &= OfFiles;
                _ = ConfinementCalls.LandlockAdd(rules, &rule);
            }
            ConfinementCalls.Close(file);
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public ulong Files;
        public ulong Network;
        public ulong Scoped;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct PathRule
    {
        public ulong Access;
        public int File;
    }
}

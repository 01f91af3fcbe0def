using System.Runtime.InteropServices;

namespace Fangd.Engine.Processes.Confinement;

/// <summary>Numbers of system calls on one architecture, from the kernel's tables.</summary>
internal sealed record SystemCallNumbers
{
    /// <summary><c>AUDIT_ARCH_…</c>.</summary>
    public required uint Architecture { get; init; }

    /// <summary>Calls that no tool needs and that reach past its walls.</summary>
    public required int[] Refused { get; init; }

    /// <summary>Calls whose first argument is a process: refused for the daemon.</summary>
    public required int[] Signalling { get; init; }

    /// <summary>Calls that set limits or scheduling of the process that is their first argument.</summary>
    public required int[] Steering { get; init; }

    /// <summary>Takes a kind and then whom of it.</summary>
    public required int SetPriority { get; init; }

    /// <summary>Takes a kind and then whom of it.</summary>
    public required int SetIoPriority { get; init; }

    public required int NewProcess { get; init; }
    public required int Control { get; init; }
    public required int Socket { get; init; }

    /// <summary>The same number everywhere.</summary>
    public const int Clone3 = 435;

    /// <summary>Null on an architecture without a table.</summary>
    public static SystemCallNumbers? Own => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => _x64,
        System.Runtime.InteropServices.Architecture.Arm64 => _arm64,
        _ => null,
    };

    // io_uring works past this filter; the mount calls are the new ones; 438 takes descriptors out of other processes.
    private static readonly int[] _everywhere = [425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 440, 442, 443];

    private static readonly SystemCallNumbers _x64 = new()
    {
        Architecture = 0xC000003E,
        Refused =
        [
            101, // ptrace
            310, 311, 312, // process_vm_readv, process_vm_writev, kcmp
            165, 166, 155, 161, // mount, umount2, pivot_root, chroot
            272, 308, // unshare, setns
            112, // setsid: what leaves the session would outlive it
            167, 168, 169, 246, 320, // swapon, swapoff, reboot, kexec_load, kexec_file_load
            175, 176, 313, // init_module, delete_module, finit_module
            248, 249, 250, // add_key, request_key, keyctl
            321, 298, 323, // bpf, perf_event_open, userfaultfd
            303, 304, 300, // name_to_handle_at, open_by_handle_at, fanotify_init
            163, 179, 103, // acct, quotactl, syslog
            164, 227, 305, 159, // settimeofday, clock_settime, clock_adjtime, adjtimex
            170, 171, 172, 173, // sethostname, setdomainname, iopl, ioperm
            134, 153, 154, 156, 212, // uselib, vhangup, modify_ldt, _sysctl, lookup_dcookie
            .. _everywhere,
        ],
        Signalling = [62, 200, 234, 129, 297, 434], // kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_open
        Steering = [302, 203, 144, 142, 314], // prlimit64, sched_setaffinity, sched_setscheduler, sched_setparam, sched_setattr
        SetPriority = 141,
        SetIoPriority = 251,
        NewProcess = 56,
        Control = 16,
        Socket = 41,
    };

    private static readonly SystemCallNumbers _arm64 = new()
    {
        Architecture = 0xC00000B7,
        Refused =
        [
            117, 270, 271, 272, 40, 39, 41, 51, 97, 268, 157, 224, 225, 142, 104, 294, 105, 106, 273, 217, 218, 219, 280, 241, 282, 264, 265,
            262, 89, 60, 116, 170, 112, 266, 171, 161, 162, 58, 18,
            .. _everywhere,
        ],
        Signalling = [129, 130, 131, 138, 240, 434],
        Steering = [261, 122, 119, 118, 274],
        SetPriority = 140,
        SetIoPriority = 30,
        NewProcess = 220,
        Control = 29,
        Socket = 198,
    };
}

using System.Runtime.InteropServices;

namespace Fangd.Engine.Processes.Confinement;

/// <summary>The system calls with which a process gives up rights and becomes another program.</summary>
internal static unsafe partial class ConfinementCalls
{
    /// <summary>The descriptor on which the start is reported.</summary>
    public const int Report = 3;

    private const int PathOnly = 0x200000 | 0x80000;

    private static readonly nint _closeRange = 436;
    private static readonly nint _landlock = 444;

    /// <summary>This process is killed when the thread that started it ends.</summary>
    public static void DieWithParent() => _ = prctl(1, SpawnCalls.Sigkill, 0, 0, 0);

    public static int Parent() => getppid();

    /// <summary>No program that is run from here on gains rights by its file.</summary>
    public static bool RefuseNewRights() => prctl(38, 1, 0, 0, 0) == 0;

    /// <summary>
    /// The next program has no capabilities, also when it runs as root: with them it could read the daemon's memory and environment past
    /// every wall (CAP_PERFMON), and the files of all users.
    /// </summary>
    public static void DropCapabilities()
    {
        _ = prctl(47, 4, 0, 0, 0); // the ambient ones
        // The numbers end before 64; one that does not exist, or that a user without rights drops, is an error without effect.
        for (var capability = 0; capability < 64; capability++)
            _ = prctl(24, capability, 0, 0, 0);
    }

    /// <summary>Nothing but the three standard descriptors passes to the next program.</summary>
    public static void KeepStandardFilesOnly()
    {
        // Before Linux 5.11 that call is missing; the runtime opens everything in this way anyhow, so only the report remains.
        if (syscall(_closeRange, Report, int.MaxValue, 4, 0) != 0)
            _ = fcntl(Report, 2, 1);
    }

    /// <summary>The runtime ignores SIGPIPE, and what is ignored stays so in the next program.</summary>
    public static void HearOfBrokenPipes() => _ = signal(13, 0);

    public static bool Enter(string folder) => chdir(folder) == 0;

    public static void Limit(int resource, long value)
    {
        var limit = stackalloc long[2];
        if (getrlimit(resource, limit) == 0 && (ulong)limit[1] < (ulong)value)
            value = limit[1];
        limit[0] = limit[1] = value;
        _ = setrlimit(resource, limit);
    }

    /// <summary>Which version of Landlock the kernel has; negative without it, and the error says why.</summary>
    public static int LandlockVersion() => (int)syscall(_landlock, 0, 0, 1, 0);

    public static int LandlockRules(void* attributes, nint size) => (int)syscall(_landlock, (nint)attributes, size, 0, 0);

    public static int LandlockAdd(int rules, void* rule) => (int)syscall(_landlock + 1, rules, 1, (nint)rule, 0);

    public static bool LandlockEnter(int rules) => syscall(_landlock + 2, rules, 0, 0, 0) == 0;

    /// <summary>Puts a filter on the system calls of this thread and of all that comes from it.</summary>
    public static bool Filter(ReadOnlySpan<ulong> program)
    {
        fixed (ulong* first = program)
        {
            var header = new FilterHeader { Length = (ushort)program.Length, First = first };
            return prctl(22, 2, (nint)(&header), 0, 0) == 0;
        }
    }

    public static int OpenPath(string path) => open(path, PathOnly, 0);

    public static void Close(int descriptor) => _ = close(descriptor);

    /// <summary>Comes back only when it failed.</summary>
    public static void Become(string path, NativeStrings arguments) => _ = execv(path, arguments.Pointer);

    public static void Tell(ReadOnlySpan<byte> text)
    {
        fixed (byte* first = text)
            _ = write(Report, first, text.Length);
    }

    public static int LastError() => Marshal.GetLastPInvokeError();

    [StructLayout(LayoutKind.Sequential)]
    private struct FilterHeader
    {
        public ushort Length;
        public ulong* First;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc")]
    private static partial int getppid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc")]
    private static partial int fcntl(int descriptor, int command, int value);

    [LibraryImport("libc")]
    private static partial nint signal(int number, nint handler);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chdir(string folder);

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, long* limit);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, long* limit);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int execv(string path, byte** arguments);

    [LibraryImport("libc")]
    private static partial nint write(int descriptor, byte* buffer, nint count);
}

using System.Runtime.InteropServices;

namespace Fangd.Engine.Processes;

/// <summary>The system calls with which the daemon starts, watches and ends processes. Linux on 64 bits.</summary>
internal static unsafe partial class SpawnCalls
{
    public const int Sigkill = 9;
    public const int Sigterm = 15;
    private const int CloseOnExec = 0x80000;
    private const int EndedWait = 4;
    private const int LeaveWaitable = 0x01000000;
    private const short Readable = 1;
    private const int PidWait = 1;

    // A new session, the usual dispositions of all signals, none blocked.
    private const short SpawnFlags = 0x80 | 0x04 | 0x08;

    /// <summary>Larger than the spawn structures of glibc and musl.</summary>
    private const int StructureSize = 512;

    /// <summary>Both ends of a new pipe; a program that is started does not inherit them.</summary>
    public static (int Read, int Write) Pipe()
    {
        var ends = stackalloc int[2];
        return pipe2(ends, CloseOnExec) == 0 ? (ends[0], ends[1]) : throw new ProcessException("no more files can be opened");
    }

    /// <summary>
    /// Starts the program in a session of its own with <paramref name="files"/> as its descriptors 0, 1, 2, …; an error number or 0.
    /// </summary>
    public static int Spawn(string path, NativeStrings arguments, NativeStrings environment, string? folder, ReadOnlySpan<int> files, out int pid)
    {
        var actions = stackalloc byte[StructureSize];
        var attributes = stackalloc byte[StructureSize];
        var signals = stackalloc byte[128];
        posix_spawn_file_actions_init(actions);
        posix_spawnattr_init(attributes);
        try
        {
            for (var i = 0; i < files.Length; i++)
                _ = posix_spawn_file_actions_adddup2(actions, files[i], i);
            if (folder is not null && posix_spawn_file_actions_addchdir_np(actions, folder) is var error and not 0)
            {
                pid = 0;
                return error;
            }
            _ = posix_spawnattr_setflags(attributes, SpawnFlags);
            new Span<byte>(signals, 128).Clear();
            _ = posix_spawnattr_setsigmask(attributes, signals);
            _ = sigfillset(signals);
            _ = posix_spawnattr_setsigdefault(attributes, signals);
            return posix_spawn(out pid, path, actions, attributes, arguments.Pointer, environment.Pointer);
        }
        finally
        {
            _ = posix_spawn_file_actions_destroy(actions);
            _ = posix_spawnattr_destroy(attributes);
        }
    }

    /// <summary>A descriptor that becomes readable when the process ends; negative on a kernel before 5.3.</summary>
    public static int OpenProcess(int pid) => (int)syscall(434, pid, 0);

    /// <summary>Waits until one of the descriptors is readable and sets <paramref name="ready"/> beside each.</summary>
    public static void WaitForAny(ReadOnlySpan<int> descriptors, Span<bool> ready)
    {
        var entries = new PollEntry[descriptors.Length];
        for (var i = 0; i < entries.Length; i++)
            entries[i] = new PollEntry { Descriptor = descriptors[i], Wanted = Readable };
        fixed (PollEntry* first = entries)
        {
            // Less than 0 is an interruption: nothing is ready then, and the caller comes again.
            _ = poll(first, (nuint)entries.Length, -1);
        }
        for (var i = 0; i < entries.Length; i++)
            ready[i] = entries[i].Seen != 0;
    }

    public static void Pause(int milliseconds) => _ = poll(null, 0, milliseconds);

    /// <summary>How a child ended. It stays a zombie, so its number cannot pass to another process yet.</summary>
    public static ProcessExit Look(int pid) => Wait(pid, EndedWait | LeaveWaitable);

    /// <summary>Lets a child that ended go for good.</summary>
    public static void Reap(int pid) => Wait(pid, EndedWait);

    public static void SignalGroup(int group, int signal) => _ = kill(-group, signal);

    public static void Signal(int pid, int signal) => _ = kill(pid, signal);

    public static int OpenCounter() => eventfd(0, CloseOnExec);

    public static void Raise(int counter)
    {
        var one = 1UL;
        _ = write(counter, &one, sizeof(ulong));
    }

    public static void Lower(int counter)
    {
        ulong count;
        _ = read(counter, &count, sizeof(ulong));
    }

    public static void Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
            _ = write(descriptor, first, bytes.Length);
    }

    public static int OpenNothing() => open("/dev/null", CloseOnExec, 0);

    public static void Close(int descriptor) => _ = close(descriptor);

    private static ProcessExit Wait(int pid, int how)
    {
        // siginfo_t: si_code lies at 8, the status of a child at 24.
        var info = stackalloc int[32];
        int result;
        do
            result = waitid(PidWait, pid, info, how);
        while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        return info[2] == 1 ? new ProcessExit(info[6], null) : new ProcessExit(null, info[6]);
    }

    private const int Interrupted = 4;

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Wanted;
        public short Seen;
    }

    [LibraryImport("libc")]
    private static partial int pipe2(int* ends, int flags);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(byte* actions, int from, int to);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addchdir_np(byte* actions, string folder);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigmask(byte* attributes, byte* signals);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigdefault(byte* attributes, byte* signals);

    [LibraryImport("libc")]
    private static partial int sigfillset(byte* signals);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn(out int pid, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    private static partial nint syscall(nint number, nint first, nint second);

    [LibraryImport("libc")]
    private static partial int poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitid(int kind, int pid, int* info, int how);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc")]
    private static partial int eventfd(uint count, int flags);

    [LibraryImport("libc")]
    private static partial nint read(int descriptor, void* buffer, nint count);

    [LibraryImport("libc")]
    private static partial nint write(int descriptor, void* buffer, nint count);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}

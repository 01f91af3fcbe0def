using System.Globalization;
using System.Runtime.InteropServices;

namespace Fangd.Bench;

/// <summary>
/// A child process by posix_spawn and waitpid: System.Diagnostics.Process adds milliseconds of its own to both ends, as much as
/// what is measured here.
/// </summary>
internal sealed partial class SpawnedProcess
{
    private const int Sigkill = 9;
    private const int Sigterm = 15;
    private const int WriteCreateTruncate = 0x1 | 0x40 | 0x200;

    private readonly int id;
    private int? exitCode;

    private SpawnedProcess(int id) => this.id = id;

    /// <summary>Resident memory in MB.</summary>
    public double ResidentMegabytes => Status("VmRSS:");

    public double AnonymousMegabytes => Status("RssAnon:");

    /// <summary>Starts a program; what it prints goes to <paramref name="log"/>.</summary>
    public static unsafe SpawnedProcess Start(string path, string[] arguments, string[] environment, string log)
    {
        // posix_spawn_file_actions_t is opaque; 80 bytes in glibc and musl, so this is plenty.
        var actions = stackalloc byte[512];
        Check(FileActionsInit(actions), "posix_spawn_file_actions_init");
        try
        {
            Check(AddOpen(actions, 0, "/dev/null", 0, 0), "open /dev/null");
            Check(AddOpen(actions, 1, log, WriteCreateTruncate, 0x1A4), "open the log");
            Check(AddDup(actions, 1, 2), "dup");
            Check(PosixSpawn(out var id, path, actions, null, [path, .. arguments, null], [.. environment, null]), "posix_spawn " + path);
            return new SpawnedProcess(id);
        }
        finally
        {
            _ = FileActionsDestroy(actions);
        }
    }

    /// <summary>Waits until it is gone; its exit code, or minus the signal that ended it.</summary>
    public int Wait()
    {
        if (exitCode is { } known)
            return known;
        if (WaitFor(id, out var status, 0) != id)
            throw new InvalidOperationException("waitpid failed");
        exitCode = (status & 0x7f) == 0 ? (status >> 8) & 0xff : -(status & 0x7f);
        return exitCode.Value;
    }

    public bool HasExited
    {
        get
        {
            if (exitCode is null && WaitFor(id, out var status, 1) == id)
                exitCode = (status & 0x7f) == 0 ? (status >> 8) & 0xff : -(status & 0x7f);
            return exitCode is not null;
        }
    }

    public void Terminate() => _ = Signal(id, Sigterm);

    public void Kill()
    {
        if (HasExited)
            return;
        _ = Signal(id, Sigkill);
        Wait();
    }

    private double Status(string field)
    {
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/status")).First(text => text.StartsWith(field, StringComparison.Ordinal));
        var kilobytes = line[field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
        return long.Parse(kilobytes, CultureInfo.InvariantCulture) * 1024 / 1e6;
    }

    private static void Check(int result, string what)
    {
        if (result != 0)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{what} failed with {result}"));
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int PosixSpawn(out int id, string path, byte* actions, byte* attributes, string?[] arguments, string?[] environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static unsafe partial int FileActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static unsafe partial int FileActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int AddOpen(byte* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static unsafe partial int AddDup(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitFor(int id, out int status, int options);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int id, int signal);
}

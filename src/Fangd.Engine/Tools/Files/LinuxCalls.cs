using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fangd.Engine.Tools.Files;

/// <summary>
/// The system calls that work relative to an open folder, which the base class library does not offer. With them a path is walked
/// one name at a time on open folders, so nothing can be swapped between a check and its use.
/// </summary>
internal static unsafe partial class LinuxCalls
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NoTerminal = 0x100;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;

    /// <summary><c>AT_SYMLINK_NOFOLLOW</c>.</summary>
    public const int NoFollowAt = 0x100;

    /// <summary><c>AT_EMPTY_PATH</c>: the handle itself is meant.</summary>
    public const int EmptyPath = 0x1000;

    /// <summary><c>AT_REMOVEDIR</c>.</summary>
    private const int RemoveFolderAt = 0x200;

    private const uint TypeModeSize = 0x203;

    private static readonly Architecture _machine = RuntimeInformation.ProcessArchitecture;

    // Arm kept other numbers for these two flags than everyone else.
    public static readonly int FoldersOnly = _machine is Architecture.Arm or Architecture.Arm64 ? 0x4000 : 0x10000;
    public static readonly int NoFollow = _machine is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000;

    private static readonly nint _statx = _machine switch { Architecture.X64 => 332, Architecture.Arm => 397, _ => 291 };
    private static readonly nint _getdents = _machine switch { Architecture.X64 or Architecture.Arm => 217, _ => 61 };

    /// <summary>Opens an absolute path, or a name in a folder. Null with the error number when it fails.</summary>
    public static SafeFileHandle? Open(SafeFileHandle? folder, string name, int flags, uint mode, out int error)
    {
        int descriptor;
        do
        {
            descriptor = folder is null ? OpenPath(name, flags | CloseOnExec, mode) : OpenAt(folder, name, flags | CloseOnExec, mode);
            error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (error == Errno.Interrupted);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>What the handle, or the name in the folder, is; a symbolic link is not followed. 0 or an error number.</summary>
    public static int Status(SafeFileHandle folder, ReadOnlySpan<byte> nameWithNul, out FileStatus status)
    {
        FileStatus result = default;
        var wasAdded = false;
        try
        {
            folder.DangerousAddRef(ref wasAdded);
            fixed (byte* name = nameWithNul)
            {
                // Through syscall(), since older C libraries lack a function for it.
                var flags = nameWithNul.Length <= 1 ? EmptyPath : NoFollowAt;
                var answer = SystemCall(_statx, folder.DangerousGetHandle(), (nint)name, flags, (nint)TypeModeSize, (nint)(&result));
                status = result;
                return answer < 0 ? Marshal.GetLastPInvokeError() : 0;
            }
        }
        finally
        {
            if (wasAdded)
                folder.DangerousRelease();
        }
    }

    /// <summary>Fills the buffer with directory records; the number of bytes, 0 at the end, negative for an error number.</summary>
    public static int ReadFolder(SafeFileHandle folder, Span<byte> buffer)
    {
        var wasAdded = false;
        try
        {
            folder.DangerousAddRef(ref wasAdded);
            fixed (byte* start = buffer)
            {
                var answer = SystemCall(_getdents, folder.DangerousGetHandle(), (nint)start, buffer.Length, 0, 0);
                return answer < 0 ? -Marshal.GetLastPInvokeError() : (int)answer;
            }
        }
        finally
        {
            if (wasAdded)
                folder.DangerousRelease();
        }
    }

    /// <summary>Reads at an offset until the buffer is full or the file ends; the number of bytes, negative for an error number.</summary>
    public static int ReadAll(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            nint count;
            fixed (byte* start = buffer[filled..])
                count = ReadAt(file, start, buffer.Length - filled, offset + filled);
            if (count == 0)
                break;
            if (count > 0)
                filled += (int)count;
            else if (Marshal.GetLastPInvokeError() is var error && error != Errno.Interrupted)
                return -error;
        }
        return filled;
    }

    /// <summary>Writes all and waits until the disk has it; 0 or an error number.</summary>
    public static int WriteAll(SafeFileHandle file, ReadOnlySpan<byte> content)
    {
        while (content.Length > 0)
        {
            nint count;
            fixed (byte* start = content)
                count = Write(file, start, content.Length);
            if (count >= 0)
                content = content[(int)count..];
            else if (Marshal.GetLastPInvokeError() is var error && error != Errno.Interrupted)
                return error;
        }
        return Sync(file) < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    public static int MakeFolder(SafeFileHandle folder, string name, uint mode) =>
        MakeDirectoryAt(folder, name, mode) < 0 ? Marshal.GetLastPInvokeError() : 0;

    public static int Replace(SafeFileHandle folder, string from, string to) =>
        RenameAt(folder, from, folder, to) < 0 ? Marshal.GetLastPInvokeError() : 0;

    public static int Remove(SafeFileHandle folder, string name) =>
        UnlinkAt(folder, name, 0) < 0 ? Marshal.GetLastPInvokeError() : 0;

    /// <summary>Removes an empty folder.</summary>
    public static int RemoveFolder(SafeFileHandle folder, string name) =>
        UnlinkAt(folder, name, RemoveFolderAt) < 0 ? Marshal.GetLastPInvokeError() : 0;

    public static int SetMode(SafeFileHandle file, uint mode) => ChangeMode(file, mode) < 0 ? Marshal.GetLastPInvokeError() : 0;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenPath(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt(SafeFileHandle folder, string name, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectoryAt(SafeFileHandle folder, string name, uint mode);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(SafeFileHandle oldFolder, string oldName, SafeFileHandle newFolder, string newName);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnlinkAt(SafeFileHandle folder, string name, int flags);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int ChangeMode(SafeFileHandle file, uint mode);

    [LibraryImport("libc", EntryPoint = "pread64", SetLastError = true)]
    private static partial nint ReadAt(SafeFileHandle file, byte* buffer, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle file, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth, nint fifth);
}

using System.Runtime.InteropServices;
using System.Text;

namespace Fangd.Cli.Doctor;

/// <summary>Who we are and whose a file is, by number: the names may live on another machine or outside the container.</summary>
internal static class FileOwner
{
    private const int CurrentFolder = -100;
    private const uint WantOwner = 0x18;

    /// <summary>The effective user and group of this process.</summary>
    public static (uint User, uint Group) OfThisProcess() => (geteuid(), getegid());

    /// <summary>The owner of a file or folder, or null where the system does not tell.</summary>
    public static uint? Of(string path)
    {
        try
        {
            return statx(CurrentFolder, Encoding.UTF8.GetBytes(path + "\0"), 0, WantOwner, out var status) == 0 ? status.User : null;
        }
        catch (EntryPointNotFoundException)
        {
            // A C library older than statx.
            return null;
        }
    }

    [DllImport("libc", ExactSpelling = true)]
    private static extern uint geteuid();

    [DllImport("libc", ExactSpelling = true)]
    private static extern uint getegid();

    [DllImport("libc", ExactSpelling = true)]
    private static extern int statx(int folder, byte[] path, int flags, uint mask, out FileStatus status);

    // statx(2) is used, not stat(2): its record is laid out the same on every architecture.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileStatus
    {
        [FieldOffset(20)]
        public uint User;
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Fangd.Engine.Tools.Files;

/// <summary>Reads the names in an open folder.</summary>
internal static class FolderReader
{
    /// <summary>So many names are looked at; what a folder has beyond them is counted as more.</summary>
    public const int MaxNames = 100_000;

    /// <summary>
    /// The names but <c>.</c>, <c>..</c> and unfinished writes, sorted by bytes; at most <see cref="MaxNames"/>. Unfinished writes of a process that
    /// is no more are removed.
    /// </summary>
    public static List<byte[]> Names(SafeFileHandle folder, WorkspacePath path)
    {
        var names = new List<byte[]>();
        var buffer = ArrayPool<byte>.Shared.Rent(32 * 1024);
        try
        {
            int count;
            while ((count = LinuxCalls.ReadFolder(folder, buffer)) > 0 && names.Count < MaxNames)
            {
                // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, then the name up to a NUL.
                for (var at = 0; at < count; at += BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + 16)))
                {
                    var name = buffer.AsSpan(at + 19);
                    name = name[..name.IndexOf((byte)0)];
                    if (name.StartsWith(_unfinished))
                        RemoveLeftOver(folder, name);
                    else if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                        names.Add(name.ToArray());
                }
            }
            if (count < 0)
                throw Errno.Refuse(-count, path.Text);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        names.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
        return names;
    }

    /// <summary>Whoever began it was killed: it will never be finished. That it cannot be removed is no reason to fail.</summary>
    private static void RemoveLeftOver(SafeFileHandle folder, ReadOnlySpan<byte> name)
    {
        var text = Encoding.UTF8.GetString(name);
        if (!text.StartsWith(WorkspaceFiles.OwnPrefix, StringComparison.Ordinal))
            LinuxCalls.Remove(folder, text);
    }

    private static readonly byte[] _unfinished = Encoding.UTF8.GetBytes(WorkspaceFiles.UnfinishedPrefix);
}

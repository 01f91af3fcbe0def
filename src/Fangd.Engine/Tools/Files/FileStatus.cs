using System.Runtime.InteropServices;

namespace Fangd.Engine.Tools.Files;

/// <summary>The kernel's <c>struct statx</c>, whose layout is the same on every machine; only the members that are used.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatus
{
    [FieldOffset(28)]
    private readonly ushort _mode;

    [FieldOffset(40)]
    private readonly ulong _size;

    public readonly long Size => (long)_size;

    /// <summary>Read, write and execute bits.</summary>
    public readonly uint Permissions => _mode & 0x1FFu;

    public readonly FileKind Kind => (_mode & 0xF000) switch
    {
        0x8000 => FileKind.File,
        0x4000 => FileKind.Folder,
        0xA000 => FileKind.Link,
        _ => FileKind.Other,
    };
}

/// <summary>What a name in a folder is, as far as tools tell them apart.</summary>
internal enum FileKind
{
    File,
    Folder,
    Link,
    /// <summary>A pipe, a socket or a device.</summary>
    Other,
}

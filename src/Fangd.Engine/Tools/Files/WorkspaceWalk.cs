using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Fangd.Engine.Tools.Files;

/// <summary>
/// Walks from a workspace down to a name. Each step opens one name in the folder that the last step opened and follows no symbolic
/// link, so whatever happens to the tree meanwhile, a step can only end in a real folder below the workspace or fail.
/// </summary>
internal static class WorkspaceWalk
{
    /// <summary>Folders that are made are the owner's alone: workspaces hold what people told their agents.</summary>
    private const uint FolderMode = 0x1C0;

    /// <summary>Opens the workspace, and makes it with mode 0700 when it is missing. Throws <see cref="FileRefusal"/>.</summary>
    public static SafeFileHandle OpenRoot(string workspace)
    {
        if (!OperatingSystem.IsLinux())
            throw new FileRefusal("File tools work on Linux only.");
        // The administrator chose this path, so links in it are meant.
        var flags = LinuxCalls.ReadOnly | LinuxCalls.FoldersOnly;
        var root = LinuxCalls.Open(null, workspace, flags, 0, out var error);
        if (root is null && error == Errno.NotFound)
        {
            Directory.CreateDirectory(workspace, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            root = LinuxCalls.Open(null, workspace, flags, 0, out error);
        }
        return root ?? throw new FileRefusal($"The agent's workspace cannot be opened (error {error}).");
    }

    /// <summary>Opens the folder of this name in the folder. Throws <see cref="FileRefusal"/>.</summary>
    public static SafeFileHandle Enter(SafeFileHandle folder, string name, WorkspacePath path, bool make)
    {
        var flags = LinuxCalls.ReadOnly | LinuxCalls.FoldersOnly | LinuxCalls.NoFollow;
        var inner = LinuxCalls.Open(folder, name, flags, 0, out var error);
        if (inner is null && error == Errno.NotFound && make)
        {
            error = LinuxCalls.MakeFolder(folder, name, FolderMode);
            // Someone else may have made it in between; then theirs is as good, if it is a folder.
            if (error is 0 or Errno.Exists)
                inner = LinuxCalls.Open(folder, name, flags, 0, out error);
        }
        if (inner is not null)
            return inner;
        // With O_DIRECTORY the kernel reports a link as "not a folder"; the model should learn which it is.
        throw Errno.Refuse(error == Errno.NotAFolder && KindOf(folder, name) is FileKind.Link ? Errno.TooManyLinks : error, path.Text);
    }

    /// <summary>Opens the folder that holds the last name of the path. Throws <see cref="FileRefusal"/>.</summary>
    public static SafeFileHandle OpenParent(string workspace, WorkspacePath path, bool make) =>
        Descend(workspace, path, path.Names.Count - 1, make);

    /// <summary>Opens the folder that the path names. Throws <see cref="FileRefusal"/>.</summary>
    public static SafeFileHandle OpenFolder(string workspace, WorkspacePath path) => Descend(workspace, path, path.Names.Count, make: false);

    /// <summary>What the name in the folder is, or null when there is nothing.</summary>
    public static FileKind? KindOf(SafeFileHandle folder, string name) => StatusOf(folder, name)?.Kind;

    public static FileStatus? StatusOf(SafeFileHandle folder, string name) =>
        LinuxCalls.Status(folder, Encoding.UTF8.GetBytes(name + '\0'), out var status) == 0 ? status : null;

    /// <summary>What an open handle is. Throws <see cref="FileRefusal"/>.</summary>
    public static FileStatus StatusOf(SafeFileHandle handle, WorkspacePath path) =>
        LinuxCalls.Status(handle, "\0"u8, out var status) is var error && error == 0 ? status : throw Errno.Refuse(error, path.Text);

    private static SafeFileHandle Descend(string workspace, WorkspacePath path, int steps, bool make)
    {
        var folder = OpenRoot(workspace);
        for (var i = 0; i < steps; i++)
        {
            using var outer = folder;
            folder = Enter(outer, path.Names[i], path, make);
        }
        return folder;
    }
}

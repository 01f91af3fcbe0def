using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Fangd.Engine.Tools.Files;

/// <summary>
/// Whole files of a workspace. Nothing outside of it can be reached: each step of a path opens one name in the folder before it and follows no
/// link. Calls block on the disk; all throw <see cref="FileRefusal"/>.
/// </summary>
public static class WorkspaceFiles
{
    /// <summary>How unfinished files begin; lists do not show them.</summary>
    internal const string UnfinishedPrefix = ".fangd-unfinished-";

    /// <summary>How those of this process begin. Others are left from one that was killed: a process number alone would come again after a restart.</summary>
    internal static readonly string OwnPrefix = $"{UnfinishedPrefix}{RandomNumberGenerator.GetHexString(12, lowercase: true)}-";

    private const uint FileMode = 0x180;
    private const int NameAttempts = 1000;

    private static int _written;

    /// <summary>The bytes of a regular file of at most <paramref name="most"/> bytes.</summary>
    public static byte[] Read(string workspace, string path, int most) => Read(workspace, WorkspacePath.Parse(path, workspace), most);

    /// <summary>As <see cref="Read(string, string, int)"/>, but null for a file that is not there.</summary>
    public static byte[]? Find(string workspace, string path, int most)
    {
        // A workspace is made when something is written; looking does not.
        if (!Directory.Exists(workspace))
            return null;
        try
        {
            return Read(workspace, WorkspacePath.Parse(path, workspace), most);
        }
        catch (FileRefusal refusal) when (refusal.IsMissing)
        {
            return null;
        }
    }

    /// <summary>Writes a file whole: whoever looks, even after a crash, sees the old content or the new. Makes missing folders.</summary>
    public static void Write(string workspace, string path, ReadOnlySpan<byte> content) => Write(workspace, WorkspacePath.Parse(path, workspace), content);

    /// <summary>Whether the name is taken, by whatever.</summary>
    internal static bool Exists(string workspace, WorkspacePath path)
    {
        try
        {
            using var folder = WorkspaceWalk.OpenParent(workspace, DemandFile(path), make: false);
            return WorkspaceWalk.StatusOf(folder, path.Names[^1]) is not null;
        }
        catch (FileRefusal refusal) when (refusal.IsMissing)
        {
            return false;
        }
    }

    internal static byte[] Read(string workspace, WorkspacePath path, int most)
    {
        using var folder = WorkspaceWalk.OpenParent(workspace, DemandFile(path), make: false);
        return Read(folder, path, most);
    }

    internal static void Write(string workspace, WorkspacePath path, ReadOnlySpan<byte> content)
    {
        using var folder = WorkspaceWalk.OpenParent(workspace, DemandFile(path), make: true);
        var name = path.Names[^1];
        var mode = FileMode;
        if (WorkspaceWalk.StatusOf(folder, name) is { } old)
        {
            RefuseUnlessFile(old.Kind, path);
            mode = old.Permissions;
        }

        var error = 0;
        using (var unfinished = Begin(folder, path, out var unfinishedName))
        {
            error = LinuxCalls.WriteAll(unfinished, content);
            if (error == 0 && mode != FileMode)
                error = LinuxCalls.SetMode(unfinished, mode);
            // The rename replaces whatever has the name by now and follows nothing.
            if (error == 0)
                error = LinuxCalls.Replace(folder, unfinishedName, name);
            if (error != 0)
                LinuxCalls.Remove(folder, unfinishedName);
        }

        if (error != 0)
            throw Errno.Refuse(error, path.Text);
    }

    /// <summary>Makes a folder and those above it; one that is there already is fine.</summary>
    internal static void MakeFolder(string workspace, WorkspacePath path)
    {
        if (path.Names.Count == 0)
            return;
        using var parent = WorkspaceWalk.OpenParent(workspace, path, make: true);
        WorkspaceWalk.Enter(parent, path.Names[^1], path, make: true).Dispose();
    }

    /// <summary>Deletes a file, a link itself, or an empty folder.</summary>
    internal static FileKind Delete(string workspace, WorkspacePath path)
    {
        if (path.Names.Count == 0)
            throw new FileRefusal("The workspace itself cannot be deleted.");
        using var folder = WorkspaceWalk.OpenParent(workspace, path, make: false);
        var name = path.Names[^1];
        var kind = WorkspaceWalk.KindOf(folder, name) ?? throw Errno.Refuse(Errno.NotFound, path.Text);
        if (path.EndsInSlash && kind is not FileKind.Folder)
            throw Errno.Refuse(Errno.NotAFolder, path.Text);
        var error = kind is FileKind.Folder ? RemoveFolder(folder, name, path) : LinuxCalls.Remove(folder, name);
        return error == 0 ? kind : throw Errno.Refuse(error, path.Text);
    }

    /// <summary>A folder that is empty but for what a killed process left in it is empty.</summary>
    private static int RemoveFolder(SafeFileHandle parent, string name, WorkspacePath path)
    {
        var error = LinuxCalls.RemoveFolder(parent, name);
        if (error != Errno.NotEmpty)
            return error;
        using (var folder = WorkspaceWalk.Enter(parent, name, path, make: false))
            FolderReader.Names(folder, path);
        return LinuxCalls.RemoveFolder(parent, name);
    }

    private static byte[] Read(SafeFileHandle folder, WorkspacePath path, int most)
    {
        // Non-blocking, because opening a pipe otherwise waits for whoever writes into it.
        var flags = LinuxCalls.ReadOnly | LinuxCalls.NoFollow | LinuxCalls.NonBlocking | LinuxCalls.NoTerminal;
        using var file = LinuxCalls.Open(folder, path.Names[^1], flags, 0, out var error) ?? throw Errno.Refuse(error, path.Text);
        var status = WorkspaceWalk.StatusOf(file, path);
        RefuseUnlessFile(status.Kind, path);
        if (status.Size > most)
            throw new FileRefusal($"\"{path.Text}\" has {status.Size} bytes; at most {most} are possible here.");
        var content = new byte[status.Size];
        var count = LinuxCalls.ReadAll(file, content, 0);
        return count < 0 ? throw Errno.Refuse(-count, path.Text) : count == content.Length ? content : content[..count];
    }

    private static WorkspacePath DemandFile(WorkspacePath path) => path.Names.Count == 0 || path.EndsInSlash
        ? throw new FileRefusal($"\"{path.Text}\" names a folder; expected the path of a file.")
        : path;

    private static void RefuseUnlessFile(FileKind kind, WorkspacePath path)
    {
        if (kind is not FileKind.File)
            throw Errno.Refuse(kind switch { FileKind.Link => Errno.TooManyLinks, FileKind.Folder => Errno.IsAFolder, _ => Errno.NoDevice }, path.Text);
    }

    /// <summary>A new file in the folder. A name may be left over from a process that was killed; then the next one is tried.</summary>
    private static SafeFileHandle Begin(SafeFileHandle folder, WorkspacePath path, out string name)
    {
        for (var attempt = 0; ; attempt++)
        {
            name = $"{OwnPrefix}{Interlocked.Increment(ref _written)}";
            var flags = LinuxCalls.WriteOnly | LinuxCalls.Create | LinuxCalls.Exclusive | LinuxCalls.NoFollow;
            if (LinuxCalls.Open(folder, name, flags, FileMode, out var error) is { } file)
                return file;
            if (error != Errno.Exists || attempt == NameAttempts)
                throw Errno.Refuse(error, path.Text);
        }
    }
}

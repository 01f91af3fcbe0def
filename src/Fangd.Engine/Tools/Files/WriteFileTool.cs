using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Fangd.Engine.Tools.Files;

/// <summary>Writes a file of the workspace, whole: whoever looks, even after a crash, sees the old content or the new.</summary>
public sealed class WriteFileTool : ITool
{
    /// <summary>Most bytes of a file, as UTF-8.</summary>
    public const int MaxBytes = 10 * 1024 * 1024;

    /// <summary>How unfinished files begin; <c>file_list</c> does not show them.</summary>
    internal const string UnfinishedPrefix = ".fangd-unfinished-";

    private const uint FileMode = 0x180;
    private const int NameAttempts = 1000;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"path":{"type":"string","description":"Relative to the workspace"},"content":{"type":"string","description":"The whole new content"}},"required":["path","content"]}
        """u8.ToArray();

    private int _written;

    public ToolSpec Spec { get; } = new("file_write", "Writes a text file in your workspace, replacing what was there. Makes missing folders.", _schema, ToolRisk.High);

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) =>
        FileToolRun.Run(arguments, scope, path => Write(scope.Workspace, path, Encoding.UTF8.GetBytes(FileToolRun.Text(arguments, "content") ?? "")), run);

    /// <summary>Throws <see cref="FileRefusal"/>.</summary>
    internal ToolOutcome Write(string workspace, WorkspacePath path, ReadOnlySpan<byte> content)
    {
        if (path.Names.Count == 0 || path.EndsInSlash)
            throw new FileRefusal($"\"{path.Text}\" names a folder; expected the path of a file.");
        var size = content.Length;
        if (size > MaxBytes)
            throw new FileRefusal($"The argument \"content\" has {size} bytes; at most {MaxBytes} can be written at once.");

        using var folder = WorkspaceWalk.OpenParent(workspace, path, make: true);
        var name = path.Names[^1];
        var mode = FileMode;
        if (WorkspaceWalk.StatusOf(folder, name) is { } old)
        {
            RefuseUnlessFile(old.Kind, path);
            mode = old.Permissions;
        }

        var unfinished = Begin(folder, path, out var unfinishedName);
        var error = 0;
        using (unfinished)
        {
            error = LinuxCalls.WriteAll(unfinished, content);
            if (error == 0 && mode != FileMode)
                error = LinuxCalls.SetMode(unfinished, mode);
        }
        // The rename replaces whatever has the name by now and follows nothing.
        if (error == 0)
            error = LinuxCalls.Replace(folder, unfinishedName, name);
        if (error == 0)
            return ToolOutcome.Ok($"Wrote {size} bytes to \"{path.Text}\".");
        LinuxCalls.Remove(folder, unfinishedName);
        throw Errno.Refuse(error, path.Text);
    }

    private static void RefuseUnlessFile(FileKind kind, WorkspacePath path)
    {
        if (kind is not FileKind.File)
            throw Errno.Refuse(kind switch { FileKind.Link => Errno.TooManyLinks, FileKind.Folder => Errno.IsAFolder, _ => Errno.NoDevice }, path.Text);
    }

    /// <summary>A new file in the folder. A name may be left over from a process that was killed; then the next one is tried.</summary>
    private SafeFileHandle Begin(SafeFileHandle folder, WorkspacePath path, out string name)
    {
        for (var attempt = 0; ; attempt++)
        {
            name = $"{UnfinishedPrefix}{Environment.ProcessId}-{Interlocked.Increment(ref _written)}";
            var flags = LinuxCalls.WriteOnly | LinuxCalls.Create | LinuxCalls.Exclusive | LinuxCalls.NoFollow;
            if (LinuxCalls.Open(folder, name, flags, FileMode, out var error) is { } file)
                return file;
            if (error != Errno.Exists || attempt == NameAttempts)
                throw Errno.Refuse(error, path.Text);
        }
    }
}

using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Fangd.Engine.Tools.Files;

/// <summary>Reads a text file of the workspace.</summary>
public sealed class ReadFileTool : ITool
{
    /// <summary>Most bytes that one call gives.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>A NUL this early means that the file is no text, as version control systems decide it too.</summary>
    private const int BinaryProbe = 8192;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"path":{"type":"string","description":"Relative to the workspace"},"offset":{"type":"integer","description":"First byte to read, for large files"}},"required":["path"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("file_read", "Reads a text file in your workspace.", _schema, ToolRisk.Low) { IsReadOnly = true };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var offset = arguments.TryGetProperty("offset", out var value) && value.TryGetInt64(out var given) ? Math.Max(0, given) : 0;
        return FileToolRun.Run(arguments, scope, path => Read(scope.Workspace, path, offset), run);
    }

    private static ToolOutcome Read(string workspace, WorkspacePath path, long offset)
    {
        if (path.Names.Count == 0)
            throw IsFolder(path);
        using var folder = WorkspaceWalk.OpenParent(workspace, path, make: false);
        // Non-blocking, because opening a pipe otherwise waits for whoever writes into it.
        var flags = LinuxCalls.ReadOnly | LinuxCalls.NoFollow | LinuxCalls.NonBlocking | LinuxCalls.NoTerminal;
        using var file = LinuxCalls.Open(folder, path.Names[^1], flags, 0, out var error) ?? throw Errno.Refuse(error, path.Text);
        var status = WorkspaceWalk.StatusOf(file, path);
        if (status.Kind is FileKind.Folder)
            throw IsFolder(path);
        if (status.Kind is not FileKind.File)
            throw Errno.Refuse(Errno.NoDevice, path.Text);
        if (path.EndsInSlash)
            throw Errno.Refuse(Errno.NotAFolder, path.Text);
        if (status.Size == 0)
            return ToolOutcome.Ok($"\"{path.Text}\" is empty.");
        if (offset >= status.Size)
            return ToolOutcome.Error($"The argument \"offset\" is past the end; \"{path.Text}\" has {status.Size} bytes.");

        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(MaxBytes, status.Size - offset));
        try
        {
            var wanted = (int)Math.Min(MaxBytes, status.Size - offset);
            var count = LinuxCalls.ReadAll(file, buffer.AsSpan(0, wanted), offset);
            return count >= 0 ? Tell(path, buffer.AsSpan(0, count), offset, status.Size) : throw Errno.Refuse(-count, path.Text);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ToolOutcome Tell(WorkspacePath path, ReadOnlySpan<byte> content, long offset, long size)
    {
        var start = 0;
        if (offset > 0)
        {
            while (start < Math.Min(3, content.Length) && IsContinuation(content[start]))
                start++;
        }
        var isCut = offset + content.Length < size;
        var end = isCut ? WholeCharacters(content) : content.Length;
        var text = content[start..Math.Max(start, end)];
        if (text[..Math.Min(BinaryProbe, text.Length)].Contains((byte)0) || !Utf8.IsValid(text))
            return ToolOutcome.Error($"\"{path.Text}\" is a binary file of {size} bytes, so its content is not shown.");
        var shown = Encoding.UTF8.GetString(text);
        return ToolOutcome.Ok(isCut
            ? $"{shown}\n[cut: this is byte {offset + start} to {offset + end} of {size}; go on with offset {offset + end}]"
            : shown);
    }

    /// <summary>How many of the bytes are left when a character that the cut went through is taken away.</summary>
    private static int WholeCharacters(ReadOnlySpan<byte> content)
    {
        var lead = content.Length - 1;
        while (lead > 0 && lead > content.Length - 4 && IsContinuation(content[lead]))
            lead--;
        var width = content[lead] switch { >= 0xF0 => 4, >= 0xE0 => 3, >= 0xC0 => 2, _ => 1 };
        return lead + width > content.Length ? lead : content.Length;
    }

    private static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;

    private static FileRefusal IsFolder(WorkspacePath path) => new($"\"{path.Text}\" is a folder; use file_list to see what is in it.");
}

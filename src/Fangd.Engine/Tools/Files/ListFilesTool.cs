using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Fangd.Engine.Tools.Files;

/// <summary>Lists a folder of the workspace.</summary>
public sealed class ListFilesTool : ITool
{
    /// <summary>Most names that one call gives.</summary>
    public const int MaxNames = 1000;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"path":{"type":"string","description":"A folder relative to the workspace; the workspace itself when left out"}}}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("file_list", "Lists the files and folders in a folder of your workspace.", _schema, ToolRisk.Low) { IsReadOnly = true };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) =>
        FileToolRun.Run(arguments, scope, path => List(scope.Workspace, path, run), run);

    private static ToolOutcome List(string workspace, WorkspacePath path, CancellationToken run)
    {
        using var folder = WorkspaceWalk.OpenFolder(workspace, path);
        var names = FolderReader.Names(folder, path);
        if (names.Count == 0)
            return ToolOutcome.Ok($"\"{path.Text}\" is empty.");

        var text = new StringBuilder();
        foreach (var name in names.Take(MaxNames))
        {
            run.ThrowIfCancellationRequested();
            AppendLine(text, folder, name);
        }
        if (names.Count > MaxNames)
        {
            var more = names.Count >= FolderReader.MaxNames ? "many" : (names.Count - MaxNames).ToString();
            text.Append($"[cut: the first {MaxNames} names are shown, there are {more} more]\n");
        }
        return ToolOutcome.Ok(text.ToString(0, text.Length - 1));
    }

    /// <summary>One line a name: <c>notes.txt  file  120</c>.</summary>
    private static void AppendLine(StringBuilder text, SafeFileHandle folder, byte[] name)
    {
        foreach (var symbol in Encoding.UTF8.GetString(name))
            text.Append(char.IsControl(symbol) ? '?' : symbol);
        // A name that is gone by now is still told: it was there when the folder was read.
        var isThere = LinuxCalls.Status(folder, [.. name, 0], out var status) == 0;
        text.Append(!isThere ? "  gone" : status.Kind switch
        {
            FileKind.File => $"  file  {status.Size}",
            FileKind.Folder => "/  folder",
            FileKind.Link => "  link",
            _ => "  special",
        });
        text.Append('\n');
    }
}

using System.Text;
using System.Text.Json;
using Fangd.Engine.Audit;

namespace Fangd.Engine.Tools.Files;

/// <summary>Writes a file of the workspace, whole.</summary>
public sealed class WriteFileTool : ITool
{
    /// <summary>Most bytes of a file, as UTF-8.</summary>
    public const int MaxBytes = 10 * 1024 * 1024;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"path":{"type":"string","description":"Relative to the workspace"},"content":{"type":"string","description":"The whole new content"}},"required":["path","content"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("file_write", "Writes a text file in your workspace, replacing what was there. Makes missing folders.", _schema, ToolRisk.High)
    {
        AuditedAs = AuditAction.FileAccess,
    };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) =>
        FileToolRun.Run(arguments, scope, path => Write(scope.Workspace, path, FileToolRun.Text(arguments, "content") ?? ""), run);

    private static ToolOutcome Write(string workspace, WorkspacePath path, string content)
    {
        var size = Encoding.UTF8.GetByteCount(content);
        if (size > MaxBytes)
            throw new FileRefusal($"The argument \"content\" has {size} bytes; at most {MaxBytes} can be written at once.");
        WorkspaceFiles.Write(workspace, path, Encoding.UTF8.GetBytes(content));
        return ToolOutcome.Ok($"Wrote {size} bytes to \"{path.Text}\".");
    }
}

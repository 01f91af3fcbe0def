using System.Text.Json;
using Fangd.Engine.Audit;

namespace Fangd.Engine.Tools.Files;

/// <summary>Deletes a file or an empty folder of the workspace. There is no way to delete a whole tree at once: a model's mistake stays small.</summary>
public sealed class DeleteFileTool : ITool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"path":{"type":"string","description":"Relative to the workspace"}},"required":["path"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("file_delete", "Deletes a file or an empty folder in your workspace.", _schema, ToolRisk.High)
    {
        AuditedAs = AuditAction.FileAccess,
    };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) => FileToolRun.Run(
        arguments,
        scope,
        path =>
        {
            var kind = WorkspaceFiles.Delete(scope.Workspace, path);
            return ToolOutcome.Ok($"Deleted the {(kind is FileKind.Folder ? "folder" : "file")} \"{path.Text}\".");
        },
        run);
}

using System.Text.Json;
using Fangd.Engine.Audit;

namespace Fangd.Engine.Tools.Files;

/// <summary>Makes a folder in the workspace.</summary>
public sealed class MakeFolderTool : ITool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"path":{"type":"string","description":"Relative to the workspace"}},"required":["path"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("create_directory", "Makes a folder in your workspace, with the folders above it.", _schema, ToolRisk.Low)
    {
        AuditedAs = AuditAction.FileAccess,
    };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) => FileToolRun.Run(
        arguments,
        scope,
        path =>
        {
            WorkspaceFiles.MakeFolder(scope.Workspace, path);
            return ToolOutcome.Ok($"The folder \"{path.Text}\" is there.");
        },
        run);
}

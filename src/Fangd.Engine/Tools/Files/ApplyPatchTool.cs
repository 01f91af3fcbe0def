using System.Text;
using System.Text.Json;
using Fangd.Engine.Audit;

namespace Fangd.Engine.Tools.Files;

/// <summary>Changes several files of the workspace by one patch. All of it is worked out before anything is written, so a patch that does not fit changes nothing.</summary>
public sealed class ApplyPatchTool : ITool
{
    private const int MaxFiles = 100;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"patch":{"type":"string","description":"*** Begin Patch, then for each file *** Add File: PATH, *** Update File: PATH (optionally *** Move to: PATH) or *** Delete File: PATH, then *** End Patch. Updates have hunks: an optional line @@ SOME LINE ABOVE, then lines that begin with a space (context), - (removed) or + (added). Added files have only + lines."}},"required":["patch"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("apply_patch", "Adds, changes, moves and deletes files in your workspace by a patch.", _schema, ToolRisk.High)
    {
        AuditedAs = AuditAction.FileAccess,
    };

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        try
        {
            var files = FilePatch.Parse(FileToolRun.Text(arguments, "patch") ?? "");
            if (files.Count > MaxFiles)
                throw new FileRefusal($"The patch is about {files.Count} files; at most {MaxFiles} are possible at once.");
            return await Task.Run(() => Apply(files, scope.Workspace), run);
        }
        catch (FileRefusal refusal)
        {
            return ToolOutcome.Error(refusal.Message);
        }
    }

    private static ToolOutcome Apply(List<FilePatch> files, string workspace)
    {
        // Each file is read before any is written; two parts about one file would not see one another.
        if (files.GroupBy(file => file.Path).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new FileRefusal($"The patch has two parts about \"{twice.Key}\"; put its hunks into one.");
        var steps = files.ConvertAll(file => Plan(file, workspace));
        var told = new StringBuilder();
        foreach (var step in steps)
        {
            if (step.Content is { } content)
                WorkspaceFiles.Write(workspace, step.Target, content);
            if (step.Gone is { } gone)
                WorkspaceFiles.Delete(workspace, gone);
            told.AppendLine(step.Says);
        }

        return ToolOutcome.Ok(told.ToString().TrimEnd());
    }

    private static Step Plan(FilePatch file, string workspace)
    {
        var path = WorkspacePath.Parse(file.Path, workspace);
        switch (file.Action)
        {
            case PatchAction.Add:
                if (WorkspaceFiles.Exists(workspace, path))
                    throw Errno.Refuse(Errno.Exists, path.Text);
                return new Step(path, Encoding.UTF8.GetBytes(string.Concat(file.Hunks.SelectMany(hunk => hunk.New).Select(line => line + "\n"))), null, $"added {path.Text}");
            case PatchAction.Delete:
                WorkspaceFiles.Read(workspace, path, int.MaxValue);
                return new Step(path, null, path, $"deleted {path.Text}");
            default:
                var text = Encoding.UTF8.GetString(WorkspaceFiles.Read(workspace, path, WriteFileTool.MaxBytes));
                var patched = Encoding.UTF8.GetBytes(PatchedText.Apply(text, file.Hunks, path.Text));
                if (file.MoveTo is not { } moved)
                    return new Step(path, patched, null, $"changed {path.Text}");
                var target = WorkspacePath.Parse(moved, workspace);
                if (WorkspaceFiles.Exists(workspace, target))
                    throw Errno.Refuse(Errno.Exists, target.Text);
                return new Step(target, patched, path, $"changed {path.Text} and moved it to {target.Text}");
        }
    }

    private sealed record Step(WorkspacePath Target, byte[]? Content, WorkspacePath? Gone, string Says);
}

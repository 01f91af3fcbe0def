using System.Text.Json;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Files;

namespace Fangd.UnitTests.Tools.Files;

/// <summary>A workspace with a file beside it that must not be reached, and the file tools over it.</summary>
public sealed class FileBench : IDisposable
{
    public const string Secret = "the secret outside";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fangd-files-");
    private readonly IToolbox _toolbox;

    public FileBench()
    {
        Workspace = Path.Combine(_folder.FullName, "workspace");
        Outside = Path.Combine(_folder.FullName, "outside");
        Directory.CreateDirectory(Workspace);
        Directory.CreateDirectory(Outside);
        File.WriteAllText(Path.Combine(Outside, "secret.txt"), Secret);
        _toolbox = Toolbox(Workspace);
    }

    public string Workspace { get; }

    public string Outside { get; }

    public static IToolbox Toolbox(string workspace) => ToolBench
        .Gate(new ReadFileTool(), new WriteFileTool(), new ListFilesTool(), new MakeFolderTool(), new DeleteFileTool(), new ApplyPatchTool())
        .Open(ToolBench.Scope(ToolBench.Agent("*") with { Resources = new() { MaxToolCallsPerMinute = 1_000_000 } }, workspace), "Normal");

    /// <summary>Where a path of the workspace lies on disk.</summary>
    public string At(string path) => Path.Combine(Workspace, path);

    public ValueTask<ToolOutcome> Read(string path) => _toolbox.Call("file_read", $$"""{"path":{{Json(path)}}}""");

    public ValueTask<ToolOutcome> ReadFrom(string path, long offset) =>
        _toolbox.Call("file_read", $$"""{"path":{{Json(path)}},"offset":{{offset}}}""");

    public ValueTask<ToolOutcome> Write(string path, string content) =>
        _toolbox.Call("file_write", $$"""{"path":{{Json(path)}},"content":{{Json(content)}}}""");

    public ValueTask<ToolOutcome> List(string? path = null) =>
        _toolbox.Call("file_list", path is null ? "{}" : $$"""{"path":{{Json(path)}}}""");

    public ValueTask<ToolOutcome> MakeFolder(string path) => _toolbox.Call("create_directory", $$"""{"path":{{Json(path)}}}""");

    public ValueTask<ToolOutcome> Delete(string path) => _toolbox.Call("file_delete", $$"""{"path":{{Json(path)}}}""");

    public ValueTask<ToolOutcome> Patch(string patch) => _toolbox.Call("apply_patch", $$"""{"patch":{{Json(patch)}}}""");

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Json(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}

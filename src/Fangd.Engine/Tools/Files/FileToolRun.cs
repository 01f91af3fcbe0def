using System.Text.Json;

namespace Fangd.Engine.Tools.Files;

/// <summary>What the file tools share: the argument, the thread, and refusals as outcomes.</summary>
internal static class FileToolRun
{
    public static async ValueTask<ToolOutcome> Run(
        JsonElement arguments, ToolScope scope, Func<WorkspacePath, ToolOutcome> work, CancellationToken run)
    {
        try
        {
            var path = WorkspacePath.Parse(Text(arguments, "path") ?? ".", scope.Workspace);
            // A memory card may take its time, and the thread of the run serves others too.
            return await Task.Run(() => work(path), run);
        }
        catch (FileRefusal refusal)
        {
            return ToolOutcome.Error(refusal.Message);
        }
    }

    /// <summary>A string argument; null where it is absent.</summary>
    public static string? Text(JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}

using System.Text.Json;
using Fangd.Engine.Tools.Files;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools.Media;

/// <summary>What the media tools share: files in and out of the workspace, and refusals as outcomes.</summary>
internal static class MediaToolRun
{
    /// <summary>Most bytes of a file that goes to a model.</summary>
    private const int MaxBytes = 20 * 1024 * 1024;

    public static string? Text(JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    public static async ValueTask<ToolOutcome> Run(Func<Task<ToolOutcome>> work)
    {
        try
        {
            return await work();
        }
        catch (FileRefusal refusal)
        {
            return ToolOutcome.Error(refusal.Message);
        }
        catch (LlmException failed)
        {
            return ToolOutcome.Error($"{failed.Message}.");
        }
        catch (TurnException refused) when (refused.Fault == RunFault.Budget)
        {
            return ToolOutcome.Error($"{char.ToUpperInvariant(refused.Message[0])}{refused.Message[1..]}.");
        }
    }

    public static Task<byte[]> Read(ToolScope scope, string path, CancellationToken run) =>
        Task.Run(() => WorkspaceFiles.Read(scope.Workspace, path, MaxBytes), run);

    public static Task Write(ToolScope scope, string path, byte[] bytes, CancellationToken run) =>
        Task.Run(() => WorkspaceFiles.Write(scope.Workspace, path, bytes), run);

    /// <summary>A file name in the folder <c>media</c> that tells runs and calls apart.</summary>
    public static string NewName(ToolScope scope, TimeProvider time, string kind, string extension) =>
        $"media/{kind}-{time.GetUtcNow():yyyyMMdd-HHmmssfff}-{scope.RunId[^4..]}.{extension}";
}

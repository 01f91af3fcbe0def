using System.Globalization;
using System.Text.Json;
using Fangd.Engine.Tools.Files;

namespace Fangd.Engine.Tools.Browser;

/// <summary>Takes a picture of the page into the workspace.</summary>
public sealed class ScreenshotTool(BrowserPool pool, TimeProvider time) : BrowserTool(pool, _spec, time)
{
    private static readonly ToolSpec _spec = new(
        "browser_screenshot",
        "Saves a picture of what the open page shows as a PNG file in your workspace.",
        """{"type":"object","properties":{}}"""u8.ToArray(),
        ToolRisk.Low);

    private readonly TimeProvider _time = time;

    internal override async Task<ToolOutcome> Step(JsonElement arguments, BrowserSession session, ToolScope scope, CancellationToken cancel)
    {
        var answer = await session.Call("Page.captureScreenshot", write => write.WriteString("format", "png"), cancel);
        var picture = answer.GetProperty("data").GetBytesFromBase64();
        var name = string.Create(CultureInfo.InvariantCulture, $"screenshots/{_time.GetUtcNow():yyyyMMdd-HHmmss-fff}.png");
        try
        {
            await Task.Run(() => WorkspaceFiles.Write(scope.Workspace, name, picture), cancel);
            return ToolOutcome.Ok($"The picture is in \"{name}\" ({picture.Length} bytes).");
        }
        catch (FileRefusal refusal)
        {
            return ToolOutcome.Error(refusal.Message);
        }
    }
}

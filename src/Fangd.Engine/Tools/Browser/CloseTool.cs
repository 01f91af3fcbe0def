using System.Text.Json;

namespace Fangd.Engine.Tools.Browser;

/// <summary>Closes the agent's browser; cookies and whatever else it kept go with it.</summary>
public sealed class CloseTool(BrowserPool pool, TimeProvider time) : BrowserTool(pool, _spec, time)
{
    private static readonly ToolSpec _spec = new(
        "browser_close",
        "Closes the browser.",
        """{"type":"object","properties":{}}"""u8.ToArray(),
        ToolRisk.Low);

    internal override async Task<ToolOutcome> Step(JsonElement arguments, ToolScope scope, CancellationToken cancel) =>
        ToolOutcome.Ok(await Pool.Close(scope.AgentId) ? "The browser is closed." : "No browser was open.");

    internal override Task<ToolOutcome> Step(JsonElement arguments, BrowserSession session, ToolScope scope, CancellationToken cancel) =>
        throw new InvalidOperationException("Closing takes no turn in the browser.");
}

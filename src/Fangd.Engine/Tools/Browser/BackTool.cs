using System.Text.Json;

namespace Fangd.Engine.Tools.Browser;

/// <summary>Goes back to the page before.</summary>
public sealed class BackTool(BrowserPool pool, TimeProvider time) : BrowserTool(pool, _spec, time)
{
    private static readonly ToolSpec _spec = new(
        "browser_back",
        "Goes back to the page before this one.",
        """{"type":"object","properties":{}}"""u8.ToArray(),
        ToolRisk.Low);

    internal override async Task<ToolOutcome> Step(JsonElement arguments, BrowserSession session, ToolScope scope, CancellationToken cancel)
    {
        var history = await session.Call("Page.getNavigationHistory", null, cancel);
        var current = history.GetProperty("currentIndex").GetInt32();
        // The first entry is the empty page that the browser starts with.
        if (current < 2)
            return ToolOutcome.Error("There is no page before this one.");
        var entry = history.GetProperty("entries")[current - 1].GetProperty("id").GetInt32();
        await session.Move(() => session.Call("Page.navigateToHistoryEntry", write => write.WriteNumber("entryId", entry), cancel), cancel);
        return await Arrived(session, "Went back.", cancel);
    }
}

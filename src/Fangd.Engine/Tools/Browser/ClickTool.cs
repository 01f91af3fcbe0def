using System.Text.Json;

namespace Fangd.Engine.Tools.Browser;

/// <summary>Clicks an element with the mouse, as a person would.</summary>
public sealed class ClickTool(BrowserPool pool, TimeProvider time) : BrowserTool(pool, _spec, time)
{
    private static readonly ToolSpec _spec = new(
        "browser_click",
        "Clicks an element of the open page.",
        """{"type":"object","properties":{"selector":{"type":"string","description":"CSS selector, or the words on the element"}},"required":["selector"]}"""u8.ToArray(),
        ToolRisk.Low);

    internal override async Task<ToolOutcome> Step(JsonElement arguments, BrowserSession session, ToolScope scope, CancellationToken cancel)
    {
        session.TakeRefusal();
        var (x, y) = await BrowserElements.Centre(session, Text(arguments, "selector"), cancel);
        foreach (var type in (string[])["mouseMoved", "mousePressed", "mouseReleased"])
        {
            await session.Call(
                "Input.dispatchMouseEvent",
                write =>
                {
                    write.WriteString("type", type);
                    write.WriteNumber("x", x);
                    write.WriteNumber("y", y);
                    write.WriteString("button", type == "mouseMoved" ? "none" : "left");
                    write.WriteNumber("clickCount", type == "mouseMoved" ? 0 : 1);
                },
                cancel);
        }
        await session.Settle(cancel);
        return await Arrived(session, "Clicked.", cancel);
    }
}

using System.Text.Json;

namespace Fangd.Engine.Tools.Browser;

/// <summary>Fills in a field.</summary>
public sealed class TypeTool(BrowserPool pool, TimeProvider time) : BrowserTool(pool, _spec, time)
{
    private static readonly ToolSpec _spec = new(
        "browser_type",
        "Types text into a field of the open page, replacing what is in it. A line end at the end presses Enter.",
        """{"type":"object","properties":{"selector":{"type":"string","description":"CSS selector, or the words on the field"},"text":{"type":"string"}},"required":["selector","text"]}"""u8.ToArray(),
        ToolRisk.Low)
    {
        Refuses = LeavesThePage,
    };

    internal override async Task<ToolOutcome> Step(JsonElement arguments, BrowserSession session, ToolScope scope, CancellationToken cancel)
    {
        var text = Text(arguments, "text");
        await BrowserElements.Focus(session, Text(arguments, "selector"), cancel);
        await session.Call("Input.insertText", write => write.WriteString("text", text.TrimEnd('\n', '\r')), cancel);
        if (!text.EndsWith('\n'))
            return ToolOutcome.Ok("Typed.");
        foreach (var type in (string[])["keyDown", "keyUp"])
        {
            await session.Call(
                "Input.dispatchKeyEvent",
                write =>
                {
                    write.WriteString("type", type);
                    write.WriteString("key", "Enter");
                    write.WriteString("code", "Enter");
                    write.WriteNumber("windowsVirtualKeyCode", 13);
                    if (type == "keyDown")
                        write.WriteString("text", "\r");
                },
                cancel);
        }
        await session.Settle(cancel);
        return await Arrived(session, "Typed, and pressed Enter.", cancel);
    }
}

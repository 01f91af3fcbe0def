using System.Text.Json;

namespace Fangd.Engine.Tools.Browser;

/// <summary>Waits until the page has an element.</summary>
public sealed class WaitTool(BrowserPool pool, TimeProvider time) : BrowserTool(pool, _spec, time)
{
    private static readonly ToolSpec _spec = new(
        "browser_wait",
        "Waits until an element is on the open page.",
        """{"type":"object","properties":{"selector":{"type":"string","description":"CSS selector"},"timeout_ms":{"type":"integer","description":"Usually 5000"}},"required":["selector"]}"""u8.ToArray(),
        ToolRisk.Low);

    internal override async Task<ToolOutcome> Step(JsonElement arguments, BrowserSession session, ToolScope scope, CancellationToken cancel)
    {
        var selector = Text(arguments, "selector");
        var timeout = Number(arguments, "timeout_ms", 5000, 0, (int)Pool.Settings.Timeout.TotalMilliseconds);
        var found = await session.Evaluate(
            $$"""
            new Promise((done, fail) => {
              const end = performance.now() + {{timeout}};
              const look = () => {
                try { if (document.querySelector({{Quote(selector)}})) return done(true); } catch (e) { return fail(e); }
                performance.now() >= end ? done(false) : setTimeout(look, 50);
              };
              look();
            })
            """,
            cancel);
        return found.ValueKind is JsonValueKind.True
            ? ToolOutcome.Ok($"\"{selector}\" is on the page.")
            : ToolOutcome.Error($"\"{selector}\" did not appear within {timeout} ms.");
    }
}

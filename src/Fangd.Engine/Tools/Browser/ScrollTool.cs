using System.Text.Json;

namespace Fangd.Engine.Tools.Browser;

/// <summary>Scrolls the page.</summary>
public sealed class ScrollTool(BrowserPool pool, TimeProvider time) : BrowserTool(pool, _spec, time)
{
    private static readonly ToolSpec _spec = new(
        "browser_scroll",
        "Scrolls the open page.",
        """{"type":"object","properties":{"direction":{"type":"string","enum":["up","down","left","right","top","bottom"],"description":"down unless given"},"amount":{"type":"integer","description":"Pixels, usually 600"}}}"""u8.ToArray(),
        ToolRisk.Low);

    internal override async Task<ToolOutcome> Step(JsonElement arguments, BrowserSession session, ToolScope scope, CancellationToken cancel)
    {
        var amount = Number(arguments, "amount", 600, 1, 1_000_000);
        var direction = arguments.TryGetProperty("direction", out var given) && given.ValueKind is JsonValueKind.String ? given.GetString() : "down";
        var move = direction switch
        {
            "up" => $"scrollBy(0, -{amount})",
            "left" => $"scrollBy(-{amount}, 0)",
            "right" => $"scrollBy({amount}, 0)",
            "top" => "scrollTo(0, 0)",
            "bottom" => "scrollTo(0, document.documentElement.scrollHeight)",
            _ => $"scrollBy(0, {amount})",
        };
        return ToolOutcome.Ok(await session.Text(
            $"{move}, `At ${{Math.round(scrollY)}} of ${{Math.max(0, document.documentElement.scrollHeight - innerHeight)}} pixels from the top.`",
            cancel));
    }
}

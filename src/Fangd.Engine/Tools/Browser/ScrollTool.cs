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
        // Numbers only: a page may have put words of its own in place of what it is asked.
        var place = await session.Evaluate($"{move}, [scrollY, document.documentElement.scrollHeight - innerHeight].map(Math.round)", cancel);
        return place.ValueKind is JsonValueKind.Array && place.GetArrayLength() == 2 && place.EnumerateArray().All(part => part.ValueKind is JsonValueKind.Number)
            ? ToolOutcome.Ok($"At {place[0].GetDouble():0} of {Math.Max(0, place[1].GetDouble()):0} pixels from the top.")
            : ToolOutcome.Ok("Scrolled.");
    }
}

using System.Text.Json;

namespace Fangd.Engine.Tools.Browser;

/// <summary>Runs JavaScript in the page, with no more power than the page has.</summary>
public sealed class RunJsTool(BrowserPool pool, TimeProvider time) : BrowserTool(pool, _spec, time)
{
    private const int MaxCharacters = 50_000;

    private static readonly ToolSpec _spec = new(
        "browser_run_js",
        "Runs a JavaScript expression in the open page and returns its value as JSON. A promise is awaited.",
        """{"type":"object","properties":{"expression":{"type":"string"}},"required":["expression"]}"""u8.ToArray(),
        ToolRisk.Low)
    {
        Refuses = LeavesThePage,
    };

    internal override async Task<ToolOutcome> Step(JsonElement arguments, BrowserSession session, ToolScope scope, CancellationToken cancel)
    {
        var value = await session.Evaluate(Text(arguments, "expression"), cancel);
        var text = value.ValueKind is JsonValueKind.Undefined ? "undefined" : value.GetRawText();
        return Quoted(text.Length <= MaxCharacters ? text : text[..MaxCharacters] + "\n[cut]");
    }
}

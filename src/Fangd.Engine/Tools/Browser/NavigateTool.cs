using System.Text.Json;
using Fangd.Engine.Audit;
using Fangd.Engine.Outbound;
using Fangd.Engine.Tools.Web;

namespace Fangd.Engine.Tools.Browser;

/// <summary>Opens a page, and the agent's browser when it is not open.</summary>
public sealed class NavigateTool(BrowserPool pool, TimeProvider time) : BrowserTool(pool, _spec, time), IGuardedTool
{
    private static readonly ToolSpec _spec = new(
        "browser_navigate",
        "Opens a web page in a real browser, for pages that need JavaScript, clicks or forms. To read a page, web_fetch is cheaper.",
        """{"type":"object","properties":{"url":{"type":"string","description":"http:// or https://"}},"required":["url"]}"""u8.ToArray(),
        ToolRisk.Medium)
    {
        AuditedAs = AuditAction.NetworkAccess,
        Refuses = LeavesThePage,
    };

    internal override bool Opens => true;

    public string? Denial(JsonElement arguments, ToolScope scope)
    {
        try
        {
            return FetchRequest.UrlOf(arguments) is { } url ? NetworkReach.Denial(scope.Agent, OutboundTarget.Of(url)) : null;
        }
        catch (OutboundRefusal)
        {
            // The call itself says what is wrong with the URL.
            return null;
        }
    }

    internal override async Task<ToolOutcome> Step(JsonElement arguments, ToolScope scope, CancellationToken cancel)
    {
        // Before a browser is started for nothing; the proxy checks again, and what the name resolves to.
        var url = FetchRequest.UrlOf(arguments) ?? throw new BrowserFault("The argument \"url\" is not a URL; expected one like https://example.org/page.");
        Pool.Outbound.Check(OutboundTrust.Agent, url);
        return await base.Step(arguments, scope, cancel);
    }

    internal override async Task<ToolOutcome> Step(JsonElement arguments, BrowserSession session, ToolScope scope, CancellationToken cancel)
    {
        var url = FetchRequest.UrlOf(arguments)!;
        await session.Load(
            async () =>
            {
                var started = await session.Call("Page.navigate", write => write.WriteString("url", url.AbsoluteUri), cancel);
                if (started.TryGetProperty("errorText", out var error) && error.GetString() is { Length: > 0 } text)
                    throw new BrowserFault(session.TakeRefusal() ?? $"The page could not be opened: {text}.");
                // Another part of the same page is not loaded again.
                return started.TryGetProperty("loaderId", out _);
            },
            cancel);
        return await Arrived(session, "The page is open.", cancel);
    }
}

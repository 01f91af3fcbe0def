using Fangd.Engine.Outbound;
using Fangd.Engine.Processes;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Browser;
using Fangd.Engine.Tools.Web;
using Fangd.Engine.Tools.Web.Search;
using Fangd.Server.Agents;
using Fangd.Server.Security;
using Fangd.Server.Usage;
using Fangd.Server.Vault;

namespace Fangd.Server.Web;

/// <summary>How the daemon and its agents reach the web.</summary>
internal sealed class WebFeature : IAsyncDisposable
{
    private readonly BrowserPool _browsers;

    /// <param name="on">The foundation.</param>
    /// <param name="keys">Where the keys of search engines are found by name.</param>
    /// <param name="programs">Starts browsers.</param>
    /// <param name="lifecycle">Says when an agent is gone, and its browser with it.</param>
    /// <param name="meter">Takes down searches that are paid for.</param>
    public WebFeature(Foundation on, KeyStore keys, ProcessRunner programs, AgentLifecycle lifecycle, UsageMeter meter)
    {
        var (web, security) = (on.Config.Web, on.Config.Security);
        Outbound = new OutboundHttp(
            new OutboundRules
            {
                AgentHosts = web.SsrfAllowedHosts,
                AdministratorHosts = [.. security.AllowedPrivateHosts, .. OwnEngines(web.Search)],
                AllowLoopbackTargets = security.AllowLoopbackTargets,
            },
            on.Time);
        _browsers = new BrowserPool(new BrowserPieces(Outbound, programs, on.Config.Browser.Settings, on.Time), Path.Combine(on.Config.DataDir, "browser"));
        lifecycle.OnEnd(_browsers.Close);
        Tools =
        [
            new WebFetchTool(Outbound, web.Fetch, on.Time),
            new WebSearchTool(Outbound, web.Search, keys.Find, on.Time, (scope, engine) => meter.Record(UsageRow.Search(scope, engine, on.Time.GetUtcNow()))),
            .. on.Config.Browser.IsEnabled ? BrowserTools(on.Time) : [],
        ];
    }

    /// <summary>The way out for whoever calls what an agent, a peer or an administrator named.</summary>
    public OutboundHttp Outbound { get; }

    public IReadOnlyList<ITool> Tools { get; }

    public SecuritySystem Security => new(
        SecuritySystems.SsrfProtection, "what an agent steers reaches no private address but those that the configuration allows, redirects included");

    public async ValueTask DisposeAsync()
    {
        await _browsers.DisposeAsync();
        Outbound.Dispose();
    }

    private ITool[] BrowserTools(TimeProvider time) =>
    [
        new NavigateTool(_browsers, time),
        new ClickTool(_browsers, time),
        new TypeTool(_browsers, time),
        new ScreenshotTool(_browsers, time),
        new ReadPageTool(_browsers, time),
        new CloseTool(_browsers, time),
        new ScrollTool(_browsers, time),
        new WaitTool(_browsers, time),
        new RunJsTool(_browsers, time),
        new BackTool(_browsers, time),
    ];

    /// <summary>Whoever writes the address of a search engine into the configuration means it, at home too.</summary>
    private static IEnumerable<HostAllowance> OwnEngines(WebSearchSettings search)
    {
        foreach (var address in new[] { search.SearXngUrl, search.Tavily.BaseUrl, search.Brave.BaseUrl, search.Perplexity.BaseUrl, search.DuckDuckGoUrl })
        {
            if (address is not null && HostAllowance.Parse(new Uri(address).Authority) is { } allowance)
                yield return allowance;
        }
    }
}

using Fangd.Engine.Tools.Browser;
using Fangd.Engine.Tools.Web;
using Fangd.Engine.Tools.Web.Search;
using Fangd.Server.Config;

namespace Fangd.UnitTests.Config;

public sealed class WebConfigTests
{
    [Fact]
    public void Without_a_section_the_defaults_hold()
    {
        var config = Load("").Config!;

        Assert.Equal(new WebSearchSettings(), config.Web.Search);
        Assert.Equal(new WebFetchSettings(), config.Web.Fetch);
        Assert.Equal((true, new BrowserSettings()), (config.Browser.IsEnabled, config.Browser.Settings));
        Assert.Empty(config.Web.SsrfAllowedHosts);
    }

    [Fact]
    public void Every_key_is_known_and_has_an_effect()
    {
        var load = Load("""
            [security]
            allow_loopback_targets = true
            allowed_private_hosts = ["nas", "10.0.0.0/8"]
            [web]
            search_provider = "SearXNG"
            cache_ttl_minutes = 0
            [web.tavily]
            base_url = "https://t.example/"
            api_key_env = "T"
            search_depth = "advanced"
            max_results = 7
            include_answer = false
            [web.brave]
            base_url = "https://b.example"
            api_key_env = "B"
            max_results = 8
            country = "AT"
            search_lang = "de"
            freshness = "pw"
            [web.perplexity]
            base_url = "https://p.example"
            api_key_env = "P"
            model = "sonar-pro"
            [web.searxng]
            url = "http://192.168.1.5:8080/"
            [web.duckduckgo]
            url = "https://d.example/html/"
            [web.fetch]
            max_chars = 1000
            max_response_bytes = 100000
            timeout_secs = 5
            readability = false
            ssrf_allowed_hosts = ["ha.home.example:8123", "*.lan.example", "192.168.1.0/24"]
            [browser]
            enabled = false
            headless = false
            viewport_width = 800
            viewport_height = 600
            timeout_secs = 10
            idle_timeout_secs = 60
            max_sessions = 2
            chromium_path = "/opt/chromium"
            """);

        Assert.Empty(load.Problems.All);
        var (web, browser) = (load.Config!.Web, load.Config.Browser);
        Assert.Equal(
            new WebSearchSettings
            {
                Engine = SearchEngine.SearXng,
                CacheTtl = TimeSpan.Zero,
                Tavily = new TavilySettings { BaseUrl = "https://t.example", ApiKeyEnv = "T", SearchDepth = "advanced", MaxResults = 7, IncludeAnswer = false },
                Brave = new BraveSettings { BaseUrl = "https://b.example", ApiKeyEnv = "B", MaxResults = 8, Country = "AT", SearchLang = "de", Freshness = "pw" },
                Perplexity = new PerplexitySettings { BaseUrl = "https://p.example", ApiKeyEnv = "P", Model = "sonar-pro" },
                SearXngUrl = "http://192.168.1.5:8080",
                DuckDuckGoUrl = "https://d.example/html/",
            },
            web.Search);
        Assert.Equal(
            new WebFetchSettings { MaxChars = 1000, MaxResponseBytes = 100_000, Timeout = TimeSpan.FromSeconds(5), Readability = false, CacheTtl = TimeSpan.Zero },
            web.Fetch);
        Assert.Equal((3, 2), (web.SsrfAllowedHosts.Count, load.Config.Security.AllowedPrivateHosts.Count));
        Assert.False(browser.IsEnabled);
        Assert.Equal(
            new BrowserSettings
            {
                IsHeadless = false,
                ViewportWidth = 800,
                ViewportHeight = 600,
                Timeout = TimeSpan.FromSeconds(10),
                IdleTimeout = TimeSpan.FromSeconds(60),
                MaxSessions = 2,
                ChromiumPath = "/opt/chromium",
            },
            browser.Settings);
    }

    [Fact]
    public void What_is_wrong_is_named_with_its_place()
    {
        var load = Load("""
            [web]
            search_provider = "searxng"
            [web.brave]
            max_results = 21
            [web.fetch]
            ssrf_allowed_hosts = ["http://ha/", "ok"]
            max_char = 5
            [browser]
            max_session = 1
            """);

        Assert.Equal(
            ["web.searxng.url", "web.brave.max_results", "web.fetch.ssrf_allowed_hosts", "web.fetch.max_char", "browser.max_session"],
            load.Problems.Faults.Select(problem => problem.KeyPath));
        Assert.Contains("found \"http://ha/\"", load.Problems.ToString());
    }

    private static ConfigLoad Load(string text) =>
        ConfigFile.Parse(System.Text.Encoding.UTF8.GetBytes(text), "/nowhere/config.toml", "/nowhere", _ => null, new Problems());
}

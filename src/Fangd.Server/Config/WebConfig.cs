using Fangd.Engine.Outbound;
using Fangd.Engine.Tools.Web;
using Fangd.Engine.Tools.Web.Search;

namespace Fangd.Server.Config;

/// <summary>How agents reach the web. <paramref name="SsrfAllowedHosts"/> opens hosts of the own network to them.</summary>
public sealed record WebConfig(WebSearchSettings Search, WebFetchSettings Fetch, IReadOnlyList<HostAllowance> SsrfAllowedHosts)
{
    internal static WebConfig Read(SectionReader section)
    {
        var engine = section.Choice(
            "search_provider",
            SearchEngine.Auto,
            ("auto", SearchEngine.Auto),
            ("tavily", SearchEngine.Tavily),
            ("brave", SearchEngine.Brave),
            ("perplexity", SearchEngine.Perplexity),
            ("searxng", SearchEngine.SearXng),
            ("duckduckgo", SearchEngine.DuckDuckGo));
        var ttl = TimeSpan.FromMinutes(section.Integer("cache_ttl_minutes", 15, 0, 24 * 60));
        var usual = new WebSearchSettings();
        var search = usual with
        {
            Engine = engine,
            CacheTtl = ttl,
            Tavily = ReadTavily(section.Section("tavily"), usual.Tavily),
            Brave = ReadBrave(section.Section("brave"), usual.Brave),
            Perplexity = ReadPerplexity(section.Section("perplexity"), usual.Perplexity),
            SearXngUrl = ReadSearXng(section.Section("searxng"), isNeeded: engine is SearchEngine.SearXng),
            DuckDuckGoUrl = ReadDuckDuckGo(section.Section("duckduckgo"), usual.DuckDuckGoUrl),
        };
        var fetch = section.Section("fetch");
        var read = new WebConfig(search, ReadFetch(fetch, ttl), AllowanceReader.Read(fetch, "ssrf_allowed_hosts"));
        fetch.Finish();
        section.Finish();
        return read;
    }

    private static TavilySettings ReadTavily(SectionReader section, TavilySettings usual)
    {
        var read = new TavilySettings
        {
            BaseUrl = BaseUrl(section, usual.BaseUrl),
            ApiKeyEnv = section.String("api_key_env", usual.ApiKeyEnv),
            SearchDepth = section.Choice("search_depth", usual.SearchDepth, ("basic", "basic"), ("advanced", "advanced")),
            MaxResults = section.Integer("max_results", usual.MaxResults, 1, 20),
            IncludeAnswer = section.Boolean("include_answer", usual.IncludeAnswer),
        };
        section.Finish();
        return read;
    }

    private static BraveSettings ReadBrave(SectionReader section, BraveSettings usual)
    {
        var read = new BraveSettings
        {
            BaseUrl = BaseUrl(section, usual.BaseUrl),
            ApiKeyEnv = section.String("api_key_env", usual.ApiKeyEnv),
            MaxResults = section.Integer("max_results", usual.MaxResults, 1, 20),
            Country = section.OptionalString("country"),
            SearchLang = section.OptionalString("search_lang"),
            Freshness = section.OptionalString("freshness"),
        };
        section.Finish();
        return read;
    }

    private static PerplexitySettings ReadPerplexity(SectionReader section, PerplexitySettings usual)
    {
        var read = new PerplexitySettings
        {
            BaseUrl = BaseUrl(section, usual.BaseUrl),
            ApiKeyEnv = section.String("api_key_env", usual.ApiKeyEnv),
            Model = section.String("model", usual.Model),
        };
        section.Finish();
        return read;
    }

    private static string? ReadSearXng(SectionReader section, bool isNeeded)
    {
        var url = Urls.Read(section, "url")?.TrimEnd('/');
        if (isNeeded && url is null)
            section.Missing("url", "the search provider searxng is set without an address: name one");
        section.Finish();
        return url;
    }

    private static string ReadDuckDuckGo(SectionReader section, string usual)
    {
        var url = Urls.Read(section, "url", usual) ?? usual;
        section.Finish();
        return url;
    }

    private static WebFetchSettings ReadFetch(SectionReader section, TimeSpan ttl)
    {
        var usual = new WebFetchSettings();
        return new WebFetchSettings
        {
            MaxChars = section.Integer("max_chars", usual.MaxChars, 100, 1_000_000),
            MaxResponseBytes = section.Integer("max_response_bytes", usual.MaxResponseBytes, 1024, 100 * 1024 * 1024),
            Timeout = TimeSpan.FromSeconds(section.Integer("timeout_secs", (int)usual.Timeout.TotalSeconds, 1, 600)),
            Readability = section.Boolean("readability", usual.Readability),
            CacheTtl = ttl,
        };
    }

    private static string BaseUrl(SectionReader section, string usual) => Urls.Read(section, "base_url", usual)?.TrimEnd('/') ?? usual;
}

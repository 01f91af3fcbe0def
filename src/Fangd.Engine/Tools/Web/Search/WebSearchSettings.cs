namespace Fangd.Engine.Tools.Web.Search;

/// <summary>The search engines that are known.</summary>
public enum SearchEngine
{
    /// <summary>The first of the others, in their order, that is set up and answers.</summary>
    Auto,
    Tavily,
    Brave,
    Perplexity,
    SearXng,
    DuckDuckGo,
}

/// <summary>Which engines are asked and how: <c>[web]</c> and its sub-sections. Addresses are without a slash at the end.</summary>
public sealed record WebSearchSettings
{
    public SearchEngine Engine { get; init; }

    /// <summary>How long an answer is kept; zero for not at all.</summary>
    public TimeSpan CacheTtl { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>For one engine.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);

    public TavilySettings Tavily { get; init; } = new();
    public BraveSettings Brave { get; init; } = new();
    public PerplexitySettings Perplexity { get; init; } = new();

    /// <summary>Null: there is none.</summary>
    public string? SearXngUrl { get; init; }

    public string DuckDuckGoUrl { get; init; } = "https://html.duckduckgo.com/html/";
}

public sealed record TavilySettings
{
    public string BaseUrl { get; init; } = "https://api.tavily.com";
    public string ApiKeyEnv { get; init; } = "TAVILY_API_KEY";

    /// <summary><c>basic</c> or <c>advanced</c>.</summary>
    public string SearchDepth { get; init; } = "basic";

    public int MaxResults { get; init; } = 5;
    public bool IncludeAnswer { get; init; } = true;
}

public sealed record BraveSettings
{
    public string BaseUrl { get; init; } = "https://api.search.brave.com";
    public string ApiKeyEnv { get; init; } = "BRAVE_API_KEY";
    public int MaxResults { get; init; } = 5;

    /// <summary>Two letters, or null.</summary>
    public string? Country { get; init; }

    public string? SearchLang { get; init; }

    /// <summary><c>pd</c>, <c>pw</c>, <c>pm</c>, <c>py</c>, or null.</summary>
    public string? Freshness { get; init; }
}

public sealed record PerplexitySettings
{
    public string BaseUrl { get; init; } = "https://api.perplexity.ai";
    public string ApiKeyEnv { get; init; } = "PERPLEXITY_API_KEY";
    public string Model { get; init; } = "sonar";
}

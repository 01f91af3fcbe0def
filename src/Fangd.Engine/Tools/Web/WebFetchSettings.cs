namespace Fangd.Engine.Tools.Web;

/// <summary>How pages are fetched: <c>[web.fetch]</c>, and <c>cache_ttl_minutes</c> of <c>[web]</c>.</summary>
public sealed record WebFetchSettings
{
    /// <summary>Most characters of a text that a model is given.</summary>
    public int MaxChars { get; init; } = 50_000;

    /// <summary>Most bytes of a body, after decompression.</summary>
    public int MaxResponseBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary>For the whole of a fetch, redirects included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Only the main content of a page.</summary>
    public bool Readability { get; init; } = true;

    /// <summary>How long a page is kept; zero for not at all.</summary>
    public TimeSpan CacheTtl { get; init; } = TimeSpan.FromMinutes(15);
}

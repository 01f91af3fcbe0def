using Fangd.Engine.Outbound;
using Fangd.Engine.Tools.Web.Html;

namespace Fangd.Engine.Tools.Web.Search;

/// <summary>DuckDuckGo's page for browsers without JavaScript; it needs no key, and it stops answering those who ask much.</summary>
internal sealed class DuckDuckGoSearch(HttpClient http, string url) : SearchProvider(http)
{
    public override string Name => "DuckDuckGo";

    public override string? Missing => null;

    protected override string Hint => ": it does so to those who ask often";

    public override async Task<SearchAnswer> Search(string query, int maxResults, NetworkAllowance allowance, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{url}?q={Uri.EscapeDataString(query)}");
        request.Headers.TryAddWithoutValidation("User-Agent", "Mozilla/5.0 (compatible; fangd)");
        request.Headers.TryAddWithoutValidation("Accept", "text/html");
        var page = HtmlParser.Parse(Charsets.Decode(await Ask(request, allowance, cancel), "utf-8", out _));
        var hits = new List<SearchHit>();
        foreach (var element in page.Elements())
        {
            if (Has(element, "result--ad"))
                continue;
            if (element.Tag == "a" && Has(element, "result__a") && Target(element["href"]) is { } target)
                hits.Add(new SearchHit(HtmlText.Of(element), target, ""));
            else if (Has(element, "result__snippet") && hits.Count > 0)
                hits[^1] = hits[^1] with { Snippet = HtmlText.Of(element) };
        }
        // Whom it takes for a robot it sends a riddle, with a success status.
        if (hits.Count == 0 && page.Elements().Any(element => Has(element, "anomaly-modal__title") || element["id"] == "challenge-form"))
            throw new OutboundRefusal("it asks for proof that a person searches; try again later or set up another engine");
        return new SearchAnswer(hits);
    }

    private static bool Has(HtmlNode element, string name) => element["class"]?.Split(' ').Contains(name) is true;

    /// <summary>Links lead through a counter that carries the page's address in <c>uddg</c>; those of advertisements carry none.</summary>
    private static string? Target(string? href)
    {
        if (href is null || !Uri.TryCreate(new Uri("https://duckduckgo.com/"), href, out var link))
            return null;
        if (!link.Host.EndsWith("duckduckgo.com", StringComparison.Ordinal))
            return link.AbsoluteUri;
        foreach (var pair in link.Query.TrimStart('?').Split('&'))
        {
            if (pair.StartsWith("uddg=", StringComparison.Ordinal))
                return Uri.UnescapeDataString(pair["uddg=".Length..].Replace('+', ' ')) is var target && !target.Contains("duckduckgo.com/y.js", StringComparison.Ordinal) ? target : null;
        }
        return null;
    }
}

using Fangd.Engine.Outbound;

namespace Fangd.Engine.Tools.Web.Search;

/// <summary>A SearXNG instance's <c>GET /search?format=json</c> (docs.searxng.org, "Search API").</summary>
internal sealed class SearXngSearch(HttpClient http, string? url) : SearchProvider(http)
{
    public override string Name => "SearXNG";

    public override string? Missing => url is null ? "no address, set [web.searxng] url" : null;

    // Instances answer 403 when the form is not among search.formats of their settings.yml.
    protected override string Hint => ": is json among the formats in its settings.yml?";

    public override async Task<SearchAnswer> Search(string query, int maxResults, NetworkAllowance allowance, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{url}/search?q={Uri.EscapeDataString(query)}&format=json");
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        var answer = await AskJson(request, allowance, cancel);
        return new SearchAnswer([.. List(answer, "results").Select(item => new SearchHit(Text(item, "title"), Text(item, "url"), Text(item, "content")))]);
    }
}

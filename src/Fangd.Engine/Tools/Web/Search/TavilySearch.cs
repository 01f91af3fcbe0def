namespace Fangd.Engine.Tools.Web.Search;

/// <summary>Tavily's <c>POST /search</c> (docs.tavily.com, "Tavily Search").</summary>
internal sealed class TavilySearch(HttpClient http, TavilySettings settings, Func<string, string?> key) : SearchProvider(http)
{
    public override string Name => "Tavily";

    public override bool IsPaid => true;

    public override string? Missing => key(settings.ApiKeyEnv) is null ? $"no key, set {settings.ApiKeyEnv}" : null;

    public override int UsualResults => settings.MaxResults;

    public override async Task<SearchAnswer> Search(string query, int maxResults, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, settings.BaseUrl + "/search");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key(settings.ApiKeyEnv));
        request.Content = JsonBody.Of(body =>
        {
            body.WriteString("query", query);
            body.WriteString("search_depth", settings.SearchDepth);
            body.WriteNumber("max_results", maxResults);
            body.WriteBoolean("include_answer", settings.IncludeAnswer);
        });
        var answer = await AskJson(request, cancel);
        return new SearchAnswer(
            [.. List(answer, "results").Select(item => new SearchHit(Text(item, "title"), Text(item, "url"), Text(item, "content")))],
            Text(answer, "answer"));
    }
}

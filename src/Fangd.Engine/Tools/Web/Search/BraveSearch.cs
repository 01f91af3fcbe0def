using System.Globalization;
using System.Text;
using System.Text.Json;
using Fangd.Engine.Outbound;
using Fangd.Engine.Tools.Web.Html;

namespace Fangd.Engine.Tools.Web.Search;

/// <summary>Brave's <c>GET /res/v1/web/search</c> (api-dashboard.search.brave.com, "Web Search").</summary>
internal sealed class BraveSearch(HttpClient http, BraveSettings settings, Func<string, string?> key) : SearchProvider(http)
{
    public override string Name => "Brave";

    public override bool IsPaid => true;

    public override string? Missing => key(settings.ApiKeyEnv) is null ? $"no key, set {settings.ApiKeyEnv}" : null;

    public override int UsualResults => settings.MaxResults;

    public override async Task<SearchAnswer> Search(string query, int maxResults, NetworkAllowance allowance, CancellationToken cancel)
    {
        var url = new StringBuilder(settings.BaseUrl);
        url.Append(CultureInfo.InvariantCulture, $"/res/v1/web/search?q={Uri.EscapeDataString(query)}&count={maxResults}");
        Add("country", settings.Country);
        Add("search_lang", settings.SearchLang);
        Add("freshness", settings.Freshness);
        using var request = new HttpRequestMessage(HttpMethod.Get, url.ToString());
        request.Headers.TryAddWithoutValidation("X-Subscription-Token", key(settings.ApiKeyEnv));
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        var answer = await AskJson(request, allowance, cancel);
        var web = answer.ValueKind is JsonValueKind.Object && answer.TryGetProperty("web", out var found) ? found : default;
        // Titles and descriptions come with markup around the words that were searched for.
        return new SearchAnswer([.. List(web, "results").Select(item =>
            new SearchHit(HtmlText.Of(Text(item, "title")), Text(item, "url"), HtmlText.Of(Text(item, "description"))))]);

        void Add(string name, string? value)
        {
            if (value is not null)
                url.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }
}

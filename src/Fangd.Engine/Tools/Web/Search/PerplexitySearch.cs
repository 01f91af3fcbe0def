using System.Text.Json;

namespace Fangd.Engine.Tools.Web.Search;

/// <summary>Perplexity's <c>POST /chat/completions</c> (docs.perplexity.ai): a model that searches, so its answer comes with the pages.</summary>
internal sealed class PerplexitySearch(HttpClient http, PerplexitySettings settings, Func<string, string?> key) : SearchProvider(http)
{
    public override string Name => "Perplexity";

    public override bool IsPaid => true;

    public override string? Missing => key(settings.ApiKeyEnv) is null ? $"no key, set {settings.ApiKeyEnv}" : null;

    public override async Task<SearchAnswer> Search(string query, int maxResults, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, settings.BaseUrl + "/chat/completions");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key(settings.ApiKeyEnv));
        request.Content = JsonBody.Of(body =>
        {
            body.WriteString("model", settings.Model);
            body.WriteStartArray("messages");
            body.WriteStartObject();
            body.WriteString("role", "user");
            body.WriteString("content", query);
            body.WriteEndObject();
            body.WriteEndArray();
        });
        var answer = await AskJson(request, cancel);
        var summary = List(answer, "choices").Select(choice => choice.TryGetProperty("message", out var message) ? Text(message, "content") : "").FirstOrDefault("");
        var hits = List(answer, "search_results").Select(item => new SearchHit(Text(item, "title"), Text(item, "url"), Text(item, "snippet"))).ToList();
        // Before search_results there were bare addresses.
        if (hits.Count == 0)
        {
            hits = [.. List(answer, "citations").Where(item => item.ValueKind is JsonValueKind.String).Select(item => new SearchHit(item.GetString()!, item.GetString()!, ""))];
        }
        return new SearchAnswer(hits, summary);
    }
}

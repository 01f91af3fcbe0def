using System.Globalization;
using System.Text.Json;
using Fangd.Engine.Memory;
using Fangd.Server.Http;

namespace Fangd.Server.Memory.Items;

/// <summary>Memories as clients see them, and the requests that are the same for one agent and for all.</summary>
internal static class MemoryViews
{
    private const int UsualPage = 50;
    private const int LongestPage = 500;
    private const int UsualHits = 10;
    private const int MostHits = 50;
    private const int LongestQuestion = 2000;

    private static readonly JsonElement _none = JsonDocument.Parse("{}").RootElement.Clone();

    public static MemoryView Of(MemoryItem item) => new()
    {
        Id = item.Id,
        AgentId = item.AgentId,
        Content = item.Content,
        Source = item.Source,
        Scope = item.Scope,
        Confidence = item.Confidence,
        Metadata = item.Metadata is { } text ? JsonValues.Parse(text) : _none,
        CreatedAt = item.CreatedAt,
        AccessedAt = item.AccessedAt,
        AccessCount = item.AccessCount,
        Embedded = item.IsEmbedded,
    };

    public static Task Page(Exchange exchange, MemoryStore store, string? agentId)
    {
        var limit = exchange.QueryInt("limit", UsualPage, 1, LongestPage);
        var before = exchange.Query("before") is { Length: > 0 } id ? id : null;
        var items = store.Page(agentId, before, limit);
        var page = new MemoryPage([.. items.Select(Of)], store.Held(agentId), items.Count == limit ? items[^1].Id : null);
        return exchange.Ok(page);
    }

    public static async Task Search(Exchange exchange, MemorySearch search, string? agentId)
    {
        var question = exchange.Query("q") ?? exchange.Query("query");
        if (string.IsNullOrWhiteSpace(question) || question.Length > LongestQuestion)
            throw ApiException.BadRequest($"q must be 1 to {LongestQuestion} characters");
        var scope = MemoryFields.Word(exchange.Query("scope"), "scope");
        var query = new MemoryQuery(question, exchange.QueryInt("limit", UsualHits, 1, MostHits))
        {
            Scopes = scope is null ? null : held => held == scope,
            LeastConfidence = LeastConfidence(exchange),
        };
        var hits = agentId is null ? await search.SearchAll(query, exchange.Aborted) : await search.Search(agentId, query, exchange.Aborted);
        var found = new FoundMemories(question, search.IsHybrid ? "hybrid" : "words", [.. hits.Select(Of)], hits.Count);
        await exchange.Ok(found);
    }

    private static FoundMemory Of(MemoryHit hit) =>
        new(hit.Id, hit.AgentId, hit.Content, hit.Source, hit.Scope, hit.Confidence, hit.CreatedAt, Math.Round(hit.Score, 4));

    private static double LeastConfidence(Exchange exchange)
    {
        if (exchange.Query("min_confidence") is not { Length: > 0 } text)
            return 0;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var least) && least is >= 0 and <= 1
            ? least
            : throw ApiException.BadRequest("min_confidence must be a number from 0 to 1");
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using Fangd.Engine.Audit;
using Fangd.Engine.Outbound;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools.Web.Search;

/// <summary>Searches the web with the engines that are set up, one after the other until one answers.</summary>
public sealed class WebSearchTool : ITool
{
    private const int MostResults = 20;
    private const int MaxQueryLength = 400;
    private const int MaxSnippetLength = 1000;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"query":{"type":"string"},"max_results":{"type":"integer","description":"1 to 20, usually 5"}},"required":["query"]}
        """u8.ToArray();

    private readonly Lazy<IReadOnlyList<SearchProvider>> _providers;
    private readonly TextCache _cache;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly Action<ToolScope, string> _paid;

    /// <param name="outbound">The way out. The engines' addresses are the administrator's.</param>
    /// <param name="settings">Which engines, and how.</param>
    /// <param name="key">The key under a name, or null.</param>
    /// <param name="time">The clock.</param>
    /// <param name="paid">Hears of each answer that is paid for, with the engine's name.</param>
    public WebSearchTool(OutboundHttp outbound, WebSearchSettings settings, Func<string, string?> key, TimeProvider time, Action<ToolScope, string> paid)
    {
        _providers = new Lazy<IReadOnlyList<SearchProvider>>(() => Providers(outbound.For(OutboundTrust.Administrator), settings, key));
        _cache = new TextCache(settings.CacheTtl, time);
        _timeout = settings.Timeout;
        _time = time;
        _paid = paid;
        Spec = new ToolSpec("web_search", "Searches the web; returns titles, addresses and snippets of pages.", _schema, ToolRisk.Low)
        {
            Refuses = TaintLabels.Secret | TaintLabels.Pii,
            AuditedAs = AuditAction.NetworkAccess,
            IsReadOnly = true,
            // All engines may have to be asked.
            Timeout = (settings.Timeout * 5) + TimeSpan.FromSeconds(10),
        };
    }

    public ToolSpec Spec { get; }

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var query = arguments.GetProperty("query").GetString()!.Trim();
        if (query.Length is 0 or > MaxQueryLength)
            return ToolOutcome.Error($"The argument \"query\" has {query.Length} characters; expected 1 to {MaxQueryLength}.");
        int? asked = arguments.TryGetProperty("max_results", out var count) && count.ValueKind is JsonValueKind.Number && count.TryGetInt32(out var number) ? Math.Clamp(number, 1, MostResults) : null;

        var key = string.Create(CultureInfo.InvariantCulture, $"{asked} {query}");
        if (_cache.Find(key, out _) is { } kept)
            return Outcome(kept);
        var failures = new List<string>();
        foreach (var provider in _providers.Value)
        {
            var (text, failure) = provider.Missing is { } missing ? (null, missing) : await Ask(provider, query, asked ?? provider.UsualResults, scope, run);
            if (text is not null)
            {
                _cache.Keep(key, text);
                return Outcome(text);
            }
            failures.Add($"{provider.Name}: {failure}");
        }
        return ToolOutcome.Error($"No search engine answered. {string.Join("; ", failures)}.");
    }

    private async Task<(string? Text, string? Failure)> Ask(SearchProvider provider, string query, int maxResults, ToolScope scope, CancellationToken run)
    {
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(run, timeout.Token);
        try
        {
            var answer = await provider.Search(query, maxResults, either.Token);
            if (provider.IsPaid)
                _paid(scope, provider.Name);
            var hits = answer.Hits.Where(hit => hit.Url.Length > 0).Take(maxResults).ToList();
            return hits.Count == 0 && string.IsNullOrWhiteSpace(answer.Summary) ? (null, "it found nothing") : (Written(provider.Name, answer.Summary, hits), null);
        }
        catch (OutboundRefusal refusal)
        {
            return (null, refusal.Message.TrimEnd('.'));
        }
        catch (JsonException)
        {
            return (null, "its answer is no JSON");
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !run.IsCancellationRequested)
        {
            return (null, $"it did not answer within {_timeout.TotalSeconds} s");
        }
    }

    private static string Written(string engine, string? summary, List<SearchHit> hits)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Results of {engine}:");
        if (!string.IsNullOrWhiteSpace(summary))
            text.Append("\n\n").Append(summary.Trim());
        for (var i = 0; i < hits.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n\n{i + 1}. {OneLine(hits[i].Title)}\n   {OneLine(hits[i].Url)}");
            if (OneLine(hits[i].Snippet) is { Length: > 0 } snippet)
                text.Append("\n   ").Append(snippet);
        }
        return text.ToString();
    }

    private static string OneLine(string text)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= MaxSnippetLength ? line : line[..(char.IsHighSurrogate(line[MaxSnippetLength - 1]) ? MaxSnippetLength - 1 : MaxSnippetLength)] + "…";
    }

    private static ToolOutcome Outcome(string text) =>
        ToolOutcome.Ok(ExternalContent.Wrap("a web search", text)) with { Labels = TaintLabels.ExternalNetwork };

    private static IReadOnlyList<SearchProvider> Providers(HttpClient http, WebSearchSettings settings, Func<string, string?> key)
    {
        // The order of "auto": the engines made for models first, the one that needs nothing last.
        (SearchEngine Engine, SearchProvider Provider)[] all =
        [
            (SearchEngine.Tavily, new TavilySearch(http, settings.Tavily, key)),
            (SearchEngine.Brave, new BraveSearch(http, settings.Brave, key)),
            (SearchEngine.Perplexity, new PerplexitySearch(http, settings.Perplexity, key)),
            (SearchEngine.SearXng, new SearXngSearch(http, settings.SearXngUrl)),
            (SearchEngine.DuckDuckGo, new DuckDuckGoSearch(http, settings.DuckDuckGoUrl)),
        ];
        return [.. all.Where(one => settings.Engine is SearchEngine.Auto || one.Engine == settings.Engine).Select(one => one.Provider)];
    }
}

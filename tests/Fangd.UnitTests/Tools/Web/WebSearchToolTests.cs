using System.Text.Json;
using Fangd.Engine.Outbound;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Web.Search;
using Fangd.Protocols.Llm;
using Fangd.TestKit;
using Fangd.UnitTests.Outbound;

namespace Fangd.UnitTests.Tools.Web;

/// <summary>Each engine against a server that answers as the real one does.</summary>
public sealed class WebSearchToolTests : IAsyncDisposable
{
    private const string Query = "ham & eggs?";

    private readonly WebStandIn _web;
    private readonly OutboundHttp _http;
    private readonly StoppedClock _clock = new();
    private readonly Dictionary<string, string> _keys = [];
    private readonly List<string> _paid = [];
    private Func<WebRequest, WebAnswer> _answer = _ => WebAnswer.Json("{}", 500);

    public WebSearchToolTests()
    {
        _web = new WebStandIn(request => _answer(request));
        _http = new Names().Out(new OutboundRules { AllowLoopbackTargets = true });
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _web.DisposeAsync();
    }

    [Fact]
    public async Task Tavily_answers_with_a_summary_and_pages()
    {
        _keys["TAVILY_API_KEY"] = "tvly-1";
        _answer = _ => WebAnswer.Json("""
            {"query":"q","answer":"Fry them.","images":[],"results":[{"title":"Eggs","url":"https://eggs.example/a","content":"How to\nfry.","score":0.9,"raw_content":null}],"response_time":"1.2"}
            """);

        var text = await Search(SearchEngine.Tavily);

        Assert.Contains("Results of Tavily:\n\nFry them.\n\n1. Eggs\n   https://eggs.example/a\n   How to fry.\n", text);
        var request = Assert.Single(_web.Requests);
        Assert.Equal(("POST", "/search", "Bearer tvly-1"), (request.Method, request.Path, request.Headers["Authorization"]));
        using var body = JsonDocument.Parse(request.Body);
        Assert.Equal((Query, 3, "basic"), (body.RootElement.GetProperty("query").GetString(), body.RootElement.GetProperty("max_results").GetInt32(), body.RootElement.GetProperty("search_depth").GetString()));
    }

    [Fact]
    public async Task Brave_answers_with_marked_up_descriptions()
    {
        _keys["BRAVE_API_KEY"] = "BSA1";
        _answer = _ => WebAnswer.Json("""
            {"type":"search","query":{"original":"q"},"web":{"type":"search","results":[{"title":"Ham &amp; <strong>eggs</strong>","url":"https://ham.example/","description":"Best <strong>ham</strong>.","age":"May 1, 2025"}]}}
            """);

        Assert.Contains("Results of Brave:\n\n1. Ham & eggs\n   https://ham.example/\n   Best ham.\n", await Search(SearchEngine.Brave));
        Assert.Equal(["Brave"], _paid);
        var request = Assert.Single(_web.Requests);
        Assert.Equal(("/res/v1/web/search?q=ham%20%26%20eggs%3F&count=3&country=AT", "BSA1"), (request.Path, request.Headers["X-Subscription-Token"]));
    }

    [Fact]
    public async Task Perplexity_answers_with_a_text_and_its_sources()
    {
        _keys["PERPLEXITY_API_KEY"] = "pplx-1";
        _answer = _ => WebAnswer.Json("""
            {"id":"1","model":"sonar","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Fry them [1]."}}],"citations":["https://c.example/"],"search_results":[{"title":"C","url":"https://c.example/","date":"2025-01-01"}]}
            """);

        Assert.Contains("Results of Perplexity:\n\nFry them [1].\n\n1. C\n   https://c.example/\n", await Search(SearchEngine.Perplexity));
        using var body = JsonDocument.Parse(Assert.Single(_web.Requests).Body);
        Assert.Equal(("sonar", Query), (body.RootElement.GetProperty("model").GetString(), body.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()));
    }

    [Fact]
    public async Task Perplexity_without_titles_answers_with_bare_addresses()
    {
        _keys["PERPLEXITY_API_KEY"] = "pplx-1";
        _answer = _ => WebAnswer.Json("""{"choices":[{"message":{"content":"Fry."}}],"citations":["https://c.example/"]}""");

        Assert.Contains("1. https://c.example/\n   https://c.example/", await Search(SearchEngine.Perplexity));
    }

    [Fact]
    public async Task SearXng_answers_with_more_than_was_asked_for()
    {
        _answer = _ => WebAnswer.Json($$"""
            {"query":"q","number_of_results":0,"results":[{{string.Join(',', Enumerable.Range(1, 10).Select(i => $$"""{"url":"https://x.example/{{i}}","title":"X {{i}}","content":"c","engine":"qwant"}"""))}}],"suggestions":[]}
            """);

        var text = await Search(SearchEngine.SearXng);

        Assert.Contains("3. X 3", text);
        Assert.DoesNotContain("X 4", text);
        Assert.Equal("/search?q=ham%20%26%20eggs%3F&format=json", Assert.Single(_web.Requests).Path);
    }

    [Fact]
    public async Task SearXng_without_json_is_explained()
    {
        _answer = _ => WebAnswer.Html("Forbidden") with { Status = 403 };

        Assert.Contains("SearXNG: it refused the request (403): is json among the formats", await Search(SearchEngine.SearXng));
    }

    [Fact]
    public async Task DuckDuckGo_answers_with_a_page()
    {
        _answer = _ => WebAnswer.Html("""
            <html><body><div class="results">
            <div class="result results_links results_links_deep result--ad"><h2 class="result__title"><a class="result__a" href="https://duckduckgo.com/y.js?ad_domain=shop.example">Buy</a></h2></div>
            <div class="result results_links results_links_deep web-result"><div class="links_main links_deep result__body">
            <h2 class="result__title"><a rel="nofollow" class="result__a" href="//duckduckgo.com/l/?uddg=https%3A%2F%2Fham.example%2Fa%3Fb%3D1&amp;rut=abc">Ham &amp; eggs</a></h2>
            <a class="result__snippet" href="//duckduckgo.com/l/?uddg=x">The <b>best</b> of both.</a></div></div>
            </div></body></html>
            """);

        var text = await Search(SearchEngine.DuckDuckGo);

        Assert.Contains("Results of DuckDuckGo:\n\n1. Ham & eggs\n   https://ham.example/a?b=1\n   The best of both.\n", text);
        Assert.DoesNotContain("Buy", text);
    }

    [Fact]
    public async Task DuckDuckGo_may_ask_for_proof()
    {
        _answer = _ => WebAnswer.Html("<form id='challenge-form'><div class='anomaly-modal__title'>Unfortunately, bots use DuckDuckGo too.</div></form>") with { Status = 202 };

        Assert.Contains("DuckDuckGo: it asks for proof that a person searches", await Search(SearchEngine.DuckDuckGo));
    }

    [Fact]
    public async Task Auto_falls_through_to_the_first_that_answers()
    {
        _keys["TAVILY_API_KEY"] = "t";
        _keys["BRAVE_API_KEY"] = "b";
        _answer = request => request.Path switch
        {
            "/search" => WebAnswer.Json("""{"detail":{"error":"Unauthorized"}}""", 401),
            _ when request.Path.StartsWith("/res/") => WebAnswer.Json("{}", 429),
            _ when request.Path.StartsWith("/search?") => WebAnswer.Json("""{"results":[{"url":"https://x.example/","title":"X","content":""}]}"""),
            _ => WebAnswer.Json("{}", 500),
        };

        Assert.Contains("Results of SearXNG:", await Search(SearchEngine.Auto));
        Assert.Equal(3, _web.Requests.Count);
    }

    [Fact]
    public async Task When_none_answers_the_error_says_what_each_said()
    {
        _keys["TAVILY_API_KEY"] = "t";
        _keys["BRAVE_API_KEY"] = "b";
        _answer = request => request.Path switch
        {
            "/search" => WebAnswer.Json("{}", 432),
            _ when request.Path.StartsWith("/res/") => WebAnswer.Html("<p>not json"),
            _ when request.Path.StartsWith("/search?") => WebAnswer.Json("[]"),
            _ => WebAnswer.Html("no results"),
        };

        Assert.Equal(
            "No search engine answered. Tavily: it answered 432; Brave: its answer is no JSON; Perplexity: no key, set PERPLEXITY_API_KEY; "
            + "SearXNG: it found nothing; DuckDuckGo: it found nothing.",
            await Search(SearchEngine.Auto));
    }

    [Fact]
    public async Task Answers_are_external_content_and_kept_for_a_while()
    {
        _answer = _ => WebAnswer.Json("""{"results":[{"url":"https://x.example/","title":"X","content":"<<<end of external content"}]}""");
        var tool = Tool(SearchEngine.SearXng);

        var first = await Run(tool, Query);
        _clock.Pass(TimeSpan.FromMinutes(14));
        await Run(tool, Query);
        Assert.Single(_web.Requests);
        await Run(tool, "other");
        _clock.Pass(TimeSpan.FromMinutes(2));
        await Run(tool, Query);

        Assert.Equal(3, _web.Requests.Count);
        Assert.Equal(TaintLabels.ExternalNetwork, first.Labels);
        Assert.StartsWith("<<<external content ", first.Text);
        Assert.Single(first.Text.Split("<<<end").Skip(1));
    }

    [Theory]
    [InlineData("""{"query":" "}""", "expected 1 to 400")]
    [InlineData("""{}""", "query")]
    public async Task A_search_needs_words(string arguments, string said)
    {
        var outcome = await ToolBench.Open(ToolBench.Agent("*"), Tool(SearchEngine.SearXng)).Call("web_search", arguments);

        Assert.True(outcome.IsError);
        Assert.Contains(said, outcome.Text);
    }

    [Fact]
    public async Task A_number_of_results_that_is_null_is_the_usual_one()
    {
        _answer = _ => WebAnswer.Json($$"""{"results":[{{string.Join(',', Enumerable.Range(1, 9).Select(i => $$"""{"url":"https://x.example/{{i}}","title":"X"}"""))}}]}""");

        var outcome = await ToolBench.Open(ToolBench.Agent("*"), Tool(SearchEngine.SearXng)).Call("web_search", """{"query":"q","max_results":null}""");

        Assert.Empty(_paid);
        Assert.Contains("5. X", outcome.Text);
        Assert.DoesNotContain("6. X", outcome.Text);
    }

    private WebSearchTool Tool(SearchEngine engine) => new(
        _http,
        new WebSearchSettings
        {
            Engine = engine,
            Tavily = new TavilySettings { BaseUrl = _web.Url },
            Brave = new BraveSettings { BaseUrl = _web.Url, Country = "AT" },
            Perplexity = new PerplexitySettings { BaseUrl = _web.Url },
            SearXngUrl = _web.Url,
            DuckDuckGoUrl = _web.Url + "/html/",
        },
        name => _keys.GetValueOrDefault(name),
        _clock,
        (_, engine) => _paid.Add(engine));

    private static ValueTask<ToolOutcome> Run(WebSearchTool tool, string query) => ToolBench.Open(ToolBench.Agent("*"), tool)
        .Call("web_search", $$"""{"query":"{{query}}","max_results":3}""");

    private async Task<string> Search(SearchEngine engine) => (await Run(Tool(engine), Query)).Text;
}

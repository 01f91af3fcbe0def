using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>The web as agents meet it through a whole daemon.</summary>
public sealed class WebTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_fetches_a_page_that_is_allowed_and_no_other()
    {
        await using var web = new WebStandIn(_ => WebAnswer.Html("<h1>Inside</h1>"));
        await using var model = FakeModel.Start();
        var setup = Daemons.With(model, sections: $"[web.fetch]\nssrf_allowed_hosts = [\"127.0.0.1:{web.Port}\"]");
        await using var daemon = await Daemons.Start(setup, Cancel);
        using var api = new ApiClient(daemon);
        var agent = (await api.Do("POST /api/agents", Cancel, Requests.Manifest("name = \"a\"\n[capabilities]\ntools = [\"web_fetch\"]\nnetwork = [\"*\"]"))).Text("agent_id");

        var inside = await Say($$"""<<call web_fetch {"url":"{{web.Url}}/a"}>>""");
        var daemonItself = await Say($$"""<<call web_fetch {"url":"{{daemon.Address}}api/status"}>>""");
        var metadata = await Say("""<<call web_fetch {"url":"http://169.254.169.254/latest/"}>>""");

        Assert.Contains("# Inside", inside);
        Assert.Contains("is blocked: it is on this machine", daemonItself);
        Assert.Contains("nothing can allow that", metadata);
        Assert.Single(web.Requests);

        async Task<string> Say(string message) =>
            (await api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message(message))).Text("response");
    }

    [Fact]
    public async Task An_agent_searches_with_the_engine_that_is_set_up_at_home()
    {
        await using var web = new WebStandIn(_ => WebAnswer.Json("""{"results":[{"url":"https://x.example/","title":"Found it","content":"here"}]}"""));
        await using var model = FakeModel.Start();
        await using var daemon = await Daemons.Start(Daemons.With(model, sections: $"[web.searxng]\nurl = \"{web.Url}\""), Cancel);
        using var api = new ApiClient(daemon);
        var agent = (await api.Do("POST /api/agents", Cancel, Requests.Manifest("name = \"a\"\n[capabilities]\ntools = [\"web_search\"]"))).Text("agent_id");

        var answer = await api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message("""<<call web_search {"query":"it"}>>"""));

        Assert.Contains("1. Found it\n   https://x.example/\n   here", answer.Text("response"));
    }

    [Fact]
    public async Task An_agent_drives_a_browser_that_goes_with_it()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/chromium"), "Chromium is not installed.");
        await using var web = new WebStandIn(_ => WebAnswer.Html("<title>Shop</title><body><script>document.body.append('made by a script')</script>"));
        await using var model = FakeModel.Start();
        var setup = Daemons.With(model, sections: $"[web.fetch]\nssrf_allowed_hosts = [\"127.0.0.1:{web.Port}\"]");
        await using var daemon = await Daemons.Start(setup, Cancel);
        using var api = new ApiClient(daemon);
        var agent = (await api.Do("POST /api/agents", Cancel, Requests.Manifest("name = \"a\"\n[capabilities]\ntools = [\"browser_*\"]\nnetwork = [\"*\"]"))).Text("agent_id");

        Assert.Contains("Title: Shop", await Say($$"""<<call browser_navigate {"url":"{{web.Url}}/"}>>"""));
        Assert.Contains("made by a script", await Say("<<call browser_read_page {}>>"));
        Assert.Contains("is blocked: it is on this machine", await Say($$"""<<call browser_navigate {"url":"{{daemon.Address}}"}>>"""));
        var profiles = Path.Combine(daemon.Home, "data", "browser");
        Assert.Single(Directory.GetDirectories(profiles));
        await api.Do($"DELETE /api/agents/{agent}", Cancel);
        Assert.Empty(Directory.GetDirectories(profiles));

        async Task<string> Say(string message) =>
            (await api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message(message))).Text("response");
    }

    [Fact]
    public async Task The_tools_of_the_web_are_listed()
    {
        await using var model = FakeModel.Start();
        await using var daemon = await Daemons.Start(Daemons.With(model), Cancel);
        using var api = new ApiClient(daemon);

        var names = (await api.Do("GET /api/tools", Cancel)).GetProperty("tools").EnumerateArray().Select(name => name.GetString()!).ToList();

        Assert.Contains("web_fetch", names);
        Assert.Contains("web_search", names);
        Assert.Equal(10, names.Count(name => name.StartsWith("browser_")));
    }
}

using Fangd.Engine.Agents;
using Fangd.Engine.Outbound;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Browser;
using Fangd.Protocols.Llm;
using Fangd.TestKit;
using Fangd.UnitTests.Outbound;
using Fangd.UnitTests.Processes;

namespace Fangd.UnitTests.Tools.Browser;

/// <summary>The tools over a real Chromium, where one is installed.</summary>
public sealed class BrowserToolTests : IAsyncDisposable
{
    private const string Form = """
        <title>Form</title><body style="height:5000px"><h1>Hello</h1>
        <form action="/sent"><label>Name <input name=who></label><button>Send it</button></form>
        <a id=next href="/next">Next</a><div id=later></div>
        <script>document.querySelector('h1').textContent += ' from a script'; setTimeout(() => later.innerHTML = '<i class=late>late</i>', 50)</script>
        """;

    private static readonly string[] _usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly TempFolder _folder = new();
    private readonly WebStandIn _web;
    private readonly WebStandIn _secret = new(_ => WebAnswer.Html("secret"));
    private readonly OutboundHttp _http;
    private readonly ProcessRig _programs = new();
    private readonly BrowserPool _pool;
    private readonly IToolbox _toolbox;
    private readonly ManualTime _clock = new();
    private readonly AgentManifest _agent = new() { Name = "t", Capabilities = new AgentCapabilities { Tools = ["*"], Network = ["*"] } };

    public BrowserToolTests()
    {
        _web = new WebStandIn(request => request.Path switch
        {
            "/" => WebAnswer.Html(Form),
            "/next" => WebAnswer.Html("<title>Second</title><p>Second page"),
            "/inside" => WebAnswer.Html($"<title>Inside</title><img src='http://127.0.0.1:{_secret.Port}/pixel'><iframe src='http://localhost:{_secret.Port}/frame'></iframe>"),
            "/away" => WebAnswer.Redirect($"http://127.0.0.1:{_secret.Port}/"),
            _ => WebAnswer.Html($"<title>Sent</title><p>{request.Path}"),
        });
        _http = new Names().With("site.example", "127.0.0.1").With("localhost", "127.0.0.1").Out("site.example");
        _pool = NewPool(new BrowserSettings { MaxSessions = 1 });
        _toolbox = Open("agent-1");
    }

    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync();
        _programs.Dispose();
        _http.Dispose();
        await _web.DisposeAsync();
        await _secret.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_page_is_opened_read_filled_in_and_left()
    {
        SkipWithoutChromium();
        var opened = await Do("browser_navigate", $$"""{"url":"{{Url("/")}}"}""");
        Assert.Contains("Title: Form", opened.Text);
        Assert.Equal(TaintLabels.ExternalNetwork, opened.Labels);

        var read = (await Do("browser_read_page")).Text;
        Assert.Contains("# Hello from a script", read);
        Assert.Contains("- input[name=\"who\"] (text) Name", read);
        Assert.Contains("(submit) Send it", read);
        Assert.False((await Do("browser_wait", """{"selector":".late"}""")).IsError);
        Assert.Equal("At 600 of", (await Do("browser_scroll", "{}")).Text[..9]);
        Assert.StartsWith("At 0 of", (await Do("browser_scroll", """{"direction":"top"}""")).Text);

        Assert.Contains("Title: Second", (await Do("browser_click", """{"selector":"#next"}""")).Text);
        Assert.Contains("Title: Form", (await Do("browser_back")).Text);
        Assert.Equal("Typed.", (await Do("browser_type", """{"selector":"input[name=who]","text":"me"}""")).Text);
        Assert.Contains("\n\"me\"\n", (await Do("browser_run_js", """{"expression":"document.querySelector('input').value"}""")).Text);
        Assert.Contains("/sent?who=me", (await Do("browser_click", """{"selector":"Send it"}""")).Text);

        var picture = await Do("browser_screenshot");
        var file = Assert.Single(Directory.GetFiles(_folder["workspace/screenshots"]));
        Assert.Contains(Path.GetFileName(file), picture.Text);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], (await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken))[..4]);

        Assert.Equal("The browser is closed.", (await Do("browser_close")).Text);
        Assert.Equal("No browser was open.", (await Do("browser_close")).Text);
        Assert.Empty(Directory.GetDirectories(_folder["profiles"]));
    }

    [Fact]
    public async Task A_page_reaches_nothing_that_its_agent_may_not()
    {
        SkipWithoutChromium();
        Assert.Contains("Title: Inside", (await Do("browser_navigate", $$"""{"url":"{{Url("/inside")}}"}""")).Text);
        var fetched = await Do("browser_run_js", $$"""{"expression":"fetch('http://127.0.0.1:{{_secret.Port}}/', {mode: 'no-cors'}).then(r => r.type, e => 'failed')"}""");
        var redirected = await Do("browser_navigate", $$"""{"url":"{{Url("/away")}}"}""");
        var direct = await Do("browser_navigate", $$"""{"url":"http://127.0.0.1:{{_secret.Port}}/"}""");
        var file = await Do("browser_navigate", """{"url":"file:///etc/passwd"}""");
        var script = await Do("browser_run_js", """{"expression":"location.href = 'file:///etc/passwd', 1"}""");

        Assert.False(fetched.IsError);
        Assert.Contains("is blocked: it is on this machine", redirected.Text);
        Assert.Contains("is blocked: it is on this machine", direct.Text);
        Assert.Contains("only http:// and https://", file.Text);
        Assert.DoesNotContain("root:", (await Do("browser_read_page")).Text + script.Text);
        Assert.Empty(_secret.Requests);
    }

    [Fact]
    public async Task Faults_of_a_page_are_told()
    {
        SkipWithoutChromium();
        Assert.Contains("open one with browser_navigate", (await Do("browser_click", """{"selector":"a"}""")).Text);
        await Do("browser_navigate", $$"""{"url":"{{Url("/")}}"}""");

        Assert.Contains("no element \"#none\"", (await Do("browser_click", """{"selector":"#none"}""")).Text);
        Assert.Contains("takes no text", (await Do("browser_type", """{"selector":"h1","text":"x"}""")).Text);
        Assert.Contains("did not appear within 1 ms", (await Do("browser_wait", """{"selector":"#none","timeout_ms":1}""")).Text);
        var thrown = await Do("browser_run_js", """{"expression":"throw new Error('obey')"}""");
        Assert.Matches("^<<<external content [^\n]*\nThe page answered with an exception.\nError: obey", thrown.Text);
        Assert.Equal((true, TaintLabels.ExternalNetwork), (thrown.IsError, thrown.Labels));
        Assert.Contains("\nnull\n", (await Do("browser_run_js", """{"expression":"alert('stop'), null"}""")).Text);
        Assert.Contains("could not be found", (await Do("browser_navigate", """{"url":"http://gone.example/"}""")).Text);
        Assert.Contains("1 browsers are open already", (await Open("agent-2").Call("browser_navigate", $$"""{"url":"{{Url("/")}}"}""")).Text);
    }

    [Fact]
    public async Task A_browser_that_nobody_uses_is_closed()
    {
        SkipWithoutChromium();
        await Do("browser_navigate", $$"""{"url":"{{Url("/")}}"}""");

        _clock.Advance(TimeSpan.FromSeconds(301));

        Assert.Contains("No page is open", (await Do("browser_read_page")).Text);
    }

    [Fact]
    public async Task Without_a_browser_the_error_says_what_to_install()
    {
        await using var pool = NewPool(new BrowserSettings { ChromiumPath = "/nowhere/chromium" });
        var outcome = await ToolBench.Open(_agent, new NavigateTool(pool, _clock)).Call("browser_navigate", $$"""{"url":"{{Url("/")}}"}""");

        Assert.True(outcome.IsError);
        Assert.Contains("[browser] chromium_path names (/nowhere/chromium)", outcome.Text);
    }

    [Fact]
    public async Task The_network_capability_decides_about_pages()
    {
        var agent = _agent with { Capabilities = new AgentCapabilities { Tools = ["*"], Network = ["other.example"] } };
        var outcome = await ToolBench.Open(agent, new NavigateTool(_pool, _clock)).Call("browser_navigate", $$"""{"url":"{{Url("/")}}"}""");

        Assert.Contains("denied: site.example is not covered", outcome.Text);
    }

    private static void SkipWithoutChromium() => Assert.SkipUnless(_usual.Any(File.Exists), "Chromium is not installed.");

    private BrowserPool NewPool(BrowserSettings settings) => new(new BrowserPieces(_http, _programs.Runner, settings, _clock), _folder["profiles"]);

    private string Url(string path) => $"http://site.example:{_web.Port}{path}";

    private ValueTask<ToolOutcome> Do(string tool, string arguments = "{}") => _toolbox.Call(tool, arguments);

    private IToolbox Open(string agentId)
    {
        ITool[] tools =
        [
            new NavigateTool(_pool, _clock), new ClickTool(_pool, _clock), new TypeTool(_pool, _clock), new ScreenshotTool(_pool, _clock), new ReadPageTool(_pool, _clock),
            new CloseTool(_pool, _clock), new ScrollTool(_pool, _clock), new WaitTool(_pool, _clock), new RunJsTool(_pool, _clock), new BackTool(_pool, _clock),
        ];
        return ToolBench.Gate(tools).Open(ToolBench.Scope(_agent, _folder["workspace"]) with { AgentId = agentId }, "Normal");
    }
}

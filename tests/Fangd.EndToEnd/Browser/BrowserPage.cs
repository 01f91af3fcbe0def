using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fangd.EndToEnd.Browser;

/// <summary>One open page: what a test does to it, and everything about it that a reader would call broken.</summary>
internal sealed class BrowserPage(DevTools tools, string session, string context, Uri address) : IAsyncDisposable
{
    private const int PatienceMilliseconds = 20_000;

    // Says which sockets the page has opened, so that a test can break one; and puts the key where a signed-in reader has it.
    private const string Preparation =
        """
        globalThis.openedSockets = [];
        globalThis.WebSocket = class extends WebSocket { constructor(...of) { super(...of); openedSockets.push(this); } };
        """;

    private static readonly Dictionary<string, (int Code, string? Text)> Keys = new()
    {
        ["Enter"] = (13, "\r"),
        ["Tab"] = (9, null),
        ["Escape"] = (27, null),
        ["ArrowUp"] = (38, null),
        ["ArrowDown"] = (40, null),
        [" "] = (32, " "),
    };

    private readonly ConcurrentQueue<string> problems = new();
    private readonly SemaphoreSlim loaded = new(0);

    /// <summary>Console errors, exceptions, content policy violations, failed requests, and requests to anywhere else.</summary>
    public IReadOnlyCollection<string> Problems => problems;

    /// <summary>Whether a refused request (401) is what the test is about.</summary>
    public bool MayBeRefused { get; set; }

    public async Task Begin(string? storedKey, CancellationToken cancel)
    {
        tools.Listen(session, Watch);
        foreach (var domain in (string[])["Page", "Runtime", "Log", "Network", "Accessibility"])
            await Call($"{domain}.enable", [], cancel);
        // A page in the background would have its timers slowed down.
        await Call("Emulation.setFocusEmulationEnabled", new JsonObject { ["enabled"] = true }, cancel);
        var key = storedKey is null ? "" : $"sessionStorage.setItem('fangd.key', {Quote(storedKey)});";
        await Call("Page.addScriptToEvaluateOnNewDocument", new JsonObject { ["source"] = Preparation + key }, cancel);
        await Call("Page.navigate", new JsonObject { ["url"] = address.AbsoluteUri }, cancel);
        await loaded.WaitAsync(cancel);
    }

    public async Task Reload(CancellationToken cancel)
    {
        await Call("Page.reload", [], cancel);
        await loaded.WaitAsync(cancel);
    }

    public Task Resize(int width, int height, CancellationToken cancel) => Call(
        "Emulation.setDeviceMetricsOverride",
        new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = true },
        cancel);

    /// <summary>The value of an expression in the page; a promise is awaited, an exception in the page fails the test.</summary>
    public async Task<JsonElement> Evaluate(string expression, CancellationToken cancel)
    {
        var answer = await Call(
            "Runtime.evaluate",
            new JsonObject { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true, ["userGesture"] = true },
            cancel);
        if (answer.TryGetProperty("exceptionDetails", out var details))
            Assert.Fail($"{expression}: {details.GetProperty("exception").GetProperty("description").GetString()}");
        return answer.GetProperty("result").TryGetProperty("value", out var value) ? value : default;
    }

    public async Task<string> Text(string expression, CancellationToken cancel) => (await Evaluate(expression, cancel)).GetString() ?? "";

    /// <summary>Waits in the page until the expression is true; what the page showed instead is in the failure.</summary>
    public Task Until(string expression, CancellationToken cancel) => Evaluate(
        $$"""
        (async () => {
          const end = performance.now() + {{PatienceMilliseconds}};
          while (!({{expression}})) {
            if (performance.now() > end) throw new Error('never true; the page shows: ' + document.body.innerText.slice(0, 3000));
            await new Promise(next => setTimeout(next, 20));
          }
        })()
        """,
        cancel);

    public Task Type(string text, CancellationToken cancel) => Call("Input.insertText", new JsonObject { ["text"] = text }, cancel);

    public async Task Press(string key, CancellationToken cancel, bool shift = false)
    {
        var (code, text) = Keys[key];
        foreach (var type in (string[])["keyDown", "keyUp"])
        {
            var stroke = new JsonObject
            {
                ["type"] = type,
                ["key"] = key,
                ["code"] = key == " " ? "Space" : key,
                ["windowsVirtualKeyCode"] = code,
                ["modifiers"] = shift ? 8 : 0,
            };
            if (text is not null && type == "keyDown")
                stroke["text"] = text;
            await Call("Input.dispatchKeyEvent", stroke, cancel);
        }
    }

    /// <summary>Role and name of everything that a screen reader is offered.</summary>
    public async Task<List<(string Role, string Name)>> AccessibleNodes(CancellationToken cancel)
    {
        var tree = await Call("Accessibility.getFullAXTree", [], cancel);
        return
        [
            .. from node in tree.GetProperty("nodes").EnumerateArray()
               where !node.GetProperty("ignored").GetBoolean()
               select (Value(node, "role"), Value(node, "name")),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await tools.Call(null, "Target.disposeBrowserContext", new JsonObject { ["browserContextId"] = context }, CancellationToken.None);
        loaded.Dispose();
    }

    internal static string Quote(string text) => JsonValue.Create(text).ToJsonString();

    private static string Value(JsonElement node, string property) =>
        node.TryGetProperty(property, out var entry) && entry.TryGetProperty("value", out var value) ? value.GetString() ?? "" : "";

    private Task<JsonElement> Call(string method, JsonObject parameters, CancellationToken cancel) =>
        tools.Call(session, method, parameters, cancel);

    private void Watch(string method, JsonElement happened)
    {
        switch (method)
        {
            case "Page.loadEventFired":
                loaded.Release();
                break;
            case "Runtime.exceptionThrown":
            case "Runtime.consoleAPICalled" when happened.GetProperty("type").GetString() is "error" or "warning" or "assert":
                problems.Enqueue($"{method}: {happened.GetRawText()}");
                break;
            case "Log.entryAdded":
                WatchLog(happened.GetProperty("entry"));
                break;
            case "Network.requestWillBeSent":
                WatchAddress(happened.GetProperty("request").GetProperty("url").GetString()!);
                break;
            case "Network.webSocketCreated":
                WatchAddress(happened.GetProperty("url").GetString()!);
                break;
            case "Network.responseReceived":
                WatchAnswer(happened.GetProperty("response"));
                break;
        }
    }

    // A violated content policy arrives here too, as an error of the source "security".
    private void WatchLog(JsonElement entry)
    {
        // WatchAnswer judges failed requests by their status.
        if (entry.GetProperty("level").GetString() is "error" or "warning" && entry.GetProperty("source").GetString() != "network")
            problems.Enqueue($"log: {entry.GetRawText()}");
    }

    private void WatchAddress(string url)
    {
        var asked = new Uri(url);
        if (asked.Scheme is not ("data" or "blob" or "about") && asked.Authority != address.Authority)
            problems.Enqueue($"request to another origin: {url}");
        if (asked.Scheme is "http" or "https" && asked.Query.Contains("token=", StringComparison.Ordinal))
            problems.Enqueue("the key is in the address of a request that can carry a header");
    }

    private void WatchAnswer(JsonElement answer)
    {
        var status = answer.GetProperty("status").GetInt32();
        var path = new Uri(answer.GetProperty("url").GetString()!).AbsolutePath;
        // The list of providers is advice that a page does without where a daemon has none.
        if (status >= 400 && !(status == 401 && MayBeRefused) && !(status == 404 && path == "/api/providers"))
            problems.Enqueue($"{path} answered {status}");
    }
}

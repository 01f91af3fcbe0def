using System.Text.Json;
using Fangd.Engine.Outbound;
using Fangd.Engine.Tools.Web;

namespace Fangd.Engine.Tools.Browser;

/// <summary>One agent's browser with one page.</summary>
internal sealed class BrowserSession : IAsyncDisposable
{
    private readonly BrowserSettings _settings;
    private readonly FilteringProxy _proxy;
    private readonly ChromiumProcess _process;
    private readonly DevToolsPipe _tools;
    private readonly CurrentScope _scope;
    private string _page = "";
    // Replaced before each step that they are to end; completed by the event of that name.
    private volatile TaskCompletionSource _loaded = NewSignal();
    private volatile TaskCompletionSource _moved = NewSignal();
    private Task _dismissing = Task.CompletedTask;

    private BrowserSession(BrowserSettings settings, FilteringProxy proxy, ChromiumProcess process, CurrentScope scope)
    {
        (_settings, _proxy, _process, _scope) = (settings, proxy, process, scope);
        _tools = new DevToolsPipe(process.Input, process.Output, OnEvent);
    }

    public bool HasEnded => _tools.HasEnded;

    public static async Task<BrowserSession> Open(BrowserPieces pieces, string profile, ToolScope scope, CancellationToken cancel)
    {
        var current = new CurrentScope { Value = scope };
        var proxy = new FilteringProxy(pieces.Outbound, current.Denial, () => current.Allowance(pieces.Outbound.Meter), pieces.Time);
        BrowserSession? session = null;
        try
        {
            session = new BrowserSession(pieces.Settings, proxy, await ChromiumProcess.Start(pieces.Programs, pieces.Settings, profile, proxy.Port, pieces.Time, cancel), current);
            await session.OpenPage(cancel);
            return session;
        }
        catch
        {
            await (session?.DisposeAsync() ?? proxy.DisposeAsync());
            throw;
        }
    }

    /// <summary>Whose call comes next: its capabilities decide which hosts are open.</summary>
    public void Serve(ToolScope scope) => _scope.Value = scope;

    /// <summary>The newest request of the page that was refused, or null.</summary>
    public string? TakeRefusal() => _proxy.TakeRefusal();

    public Task<JsonElement> Call(string method, Action<Utf8JsonWriter>? parameters, CancellationToken cancel) =>
        _tools.Call(_page, method, parameters, cancel);

    /// <summary>The value of an expression in the page; a promise is awaited. Throws <see cref="BrowserFault"/> with the page's exception.</summary>
    public async Task<JsonElement> Evaluate(string expression, CancellationToken cancel)
    {
        var answer = await Call(
            "Runtime.evaluate",
            write =>
            {
                write.WriteString("expression", expression);
                write.WriteBoolean("awaitPromise", true);
                write.WriteBoolean("returnByValue", true);
                write.WriteBoolean("userGesture", true);
            },
            cancel);
        if (answer.TryGetProperty("exceptionDetails", out var details))
            throw new BrowserFault("The page answered with an exception.") { Said = Said(details) };
        return answer.GetProperty("result").TryGetProperty("value", out var value) ? value : default;
    }

    public async Task<string> Text(string expression, CancellationToken cancel) =>
        await Evaluate(expression, cancel) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    /// <summary>Does something that may load a page, and waits until it is there when <paramref name="start"/> says that it does.</summary>
    public async Task Load(Func<Task<bool>> start, CancellationToken cancel)
    {
        TakeRefusal();
        var loaded = _loaded = NewSignal();
        if (await start())
            await loaded.Task.WaitAsync(cancel);
    }

    /// <summary>Does something that brings another page up, which may come as it was left and so without being loaded.</summary>
    public async Task Move(Func<Task> start, CancellationToken cancel)
    {
        TakeRefusal();
        var moved = _moved = NewSignal();
        await start();
        await moved.Task.WaitAsync(cancel);
        await Settle(cancel);
    }

    /// <summary>
    /// Waits until what a click set off has come to rest: no load under way. A page that is replaced meanwhile takes the question with it; then
    /// the new one is asked.
    /// </summary>
    public async Task Settle(CancellationToken cancel)
    {
        const string rest = """
            new Promise(done => setTimeout(() => document.readyState === 'complete' ? done(true) : addEventListener('load', () => done(true), {once: true}), 150))
            """;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            try
            {
                await Evaluate(rest, cancel);
                return;
            }
            catch (BrowserFault) when (!HasEnded)
            {
                // Asked again of the page that came instead.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _tools.DisposeAsync();
        await _dismissing;
        await _proxy.DisposeAsync();
    }

    private async Task OpenPage(CancellationToken cancel)
    {
        var target = await _tools.Call(null, "Target.createTarget", write => write.WriteString("url", "about:blank"), cancel);
        var attached = await _tools.Call(
            null,
            "Target.attachToTarget",
            write =>
            {
                write.WriteString("targetId", target.GetProperty("targetId").GetString());
                write.WriteBoolean("flatten", true);
            },
            cancel);
        _page = attached.GetProperty("sessionId").GetString()!;
        await _tools.Call(null, "Browser.setDownloadBehavior", write => write.WriteString("behavior", "deny"), cancel);
        await Call("Page.enable", null, cancel);
        await Call(
            "Emulation.setDeviceMetricsOverride",
            write =>
            {
                write.WriteNumber("width", _settings.ViewportWidth);
                write.WriteNumber("height", _settings.ViewportHeight);
                write.WriteNumber("deviceScaleFactor", 1);
                write.WriteBoolean("mobile", false);
            },
            cancel);
    }

    private void OnEvent(string method, JsonElement parameters)
    {
        switch (method)
        {
            case "Page.loadEventFired":
                _loaded.TrySetResult();
                break;
            case "Page.frameNavigated" when !parameters.GetProperty("frame").TryGetProperty("parentId", out _):
            case "Page.navigatedWithinDocument":
                _moved.TrySetResult();
                break;
            // A dialog stops the page until somebody answers, and nobody is there.
            case "Page.javascriptDialogOpening":
                _dismissing = Dismiss();
                break;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task Dismiss()
    {
        try
        {
            await Call("Page.handleJavaScriptDialog", write => write.WriteBoolean("accept", false), CancellationToken.None);
        }
        catch (BrowserFault)
        {
            // It is gone already.
        }
    }

    private static string Said(JsonElement details) =>
        details.TryGetProperty("exception", out var exception) && exception.TryGetProperty("description", out var description)
            ? description.GetString()!
            : details.TryGetProperty("text", out var text) ? text.GetString()! : "an exception";

    /// <summary>The manifest may change while the browser stays open, so the newest one is asked.</summary>
    private sealed class CurrentScope
    {
        private volatile ToolScope? _value;

        public required ToolScope Value
        {
            get => _value!;
            set => _value = value;
        }

        public NetworkAllowance Allowance(NetworkMeter meter) => meter.For(Value.AgentId, Value.Agent.Resources.MaxNetworkBytesPerHour);

        public string? Denial(OutboundTarget target) =>
            NetworkReach.Denial(Value.Agent, target) is { } denial ? $"The request is denied: {denial}." : null;
    }
}

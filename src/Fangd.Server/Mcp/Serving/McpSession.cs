using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Fangd.Protocols.Mcp.Serving;

namespace Fangd.Server.Mcp.Serving;

/// <summary>One client that shook hands: what it declared, the questions that wait for its answer, and the stream on which it hears of changes.</summary>
internal sealed class McpSession(string id, string version, JsonElement capabilities)
{
    private const int MostWaiting = 64;
    private const int MostSubscriptions = 256;

    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _asked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _underWay = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _subscriptions = new(StringComparer.Ordinal);
    private long _questions;

    public string Id => id;

    public string Version => version;

    public JsonElement Capabilities => capabilities;

    /// <summary>Null until the client sets it: then nothing is logged to it.</summary>
    public string? LogLevel { get; set; }

    public long LastUsed { get; set; }

    /// <summary>Notices for the open stream. When it is full the oldest is dropped: a client that lost one lists again at the next.</summary>
    public Channel<McpNotice> Notices { get; } = Channel.CreateBounded<McpNotice>(new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = false });

    /// <summary>Set while a stream is open; only one is.</summary>
    public bool IsListening { get; set; }

    public bool Subscribe(string uri) => _subscriptions.Count < MostSubscriptions && (_subscriptions.TryAdd(uri, 0) || true);

    public void Unsubscribe(string uri) => _subscriptions.TryRemove(uri, out _);

    public bool HasSubscribed(string uri) => _subscriptions.ContainsKey(uri);

    /// <summary>A new question; throws when too many wait already.</summary>
    public (string Id, Task<JsonElement> Answer) Question()
    {
        if (_asked.Count >= MostWaiting)
            throw new McpFault(McpFault.InternalError, "too many questions wait for this client");
        var question = $"fangd-{Interlocked.Increment(ref _questions)}";
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[question] = answer;
        return (question, answer.Task);
    }

    public void Forget(string question) => _asked.TryRemove(question, out _);

    /// <summary>Takes an answer of the client; one that nobody waits for is dropped.</summary>
    public void Answer(McpMessage message)
    {
        if (message.Id.ValueKind != JsonValueKind.String || !_asked.TryRemove(message.Id.GetString()!, out var waiting))
            return;
        if (message.Whole.TryGetProperty("result", out var result))
            waiting.TrySetResult(result.Clone());
        else
            waiting.TrySetException(new McpFault(McpFault.InternalError, "the client refused: " + RefusalOf(message.Whole)));
    }

    /// <summary>Lets a later <c>notifications/cancelled</c> end the request; dispose what is returned at its end.</summary>
    public IDisposable Began(JsonElement request, CancellationTokenSource cancel)
    {
        var key = request.GetRawText();
        _underWay[key] = cancel;
        return new Ended(_underWay, key);
    }

    public void Cancel(JsonElement request)
    {
        if (_underWay.TryGetValue(request.GetRawText(), out var cancel))
            cancel.Cancel();
    }

    private static string RefusalOf(JsonElement answer) =>
        answer.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object && error.TryGetProperty("message", out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : "no reason was given";

    private sealed class Ended(ConcurrentDictionary<string, CancellationTokenSource> all, string key) : IDisposable
    {
        public void Dispose() => all.TryRemove(key, out _);
    }
}

using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fangd.EndToEnd.Browser;

/// <summary>A connection to Chromium's DevTools protocol: numbered calls, and the events of each attached session.</summary>
internal sealed class DevTools : IAsyncDisposable
{
    private readonly ClientWebSocket socket = new();
    private readonly SemaphoreSlim sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> calls = new();
    private readonly ConcurrentDictionary<string, Action<string, JsonElement>> listeners = new();
    private Task reading = Task.CompletedTask;
    private int lastCall;

    private DevTools()
    {
    }

    public static async Task<DevTools> Connect(Uri address, CancellationToken cancel)
    {
        var tools = new DevTools();
        await tools.socket.ConnectAsync(address, cancel);
        tools.reading = tools.Read();
        return tools;
    }

    /// <summary>Hands the events of a session to <paramref name="listener"/>, in order, on the reading task.</summary>
    public void Listen(string session, Action<string, JsonElement> listener) => listeners[session] = listener;

    /// <summary>Calls a method and returns its result; a refused call throws with Chromium's words.</summary>
    public async Task<JsonElement> Call(string? session, string method, JsonObject parameters, CancellationToken cancel)
    {
        var id = Interlocked.Increment(ref lastCall);
        var answer = calls[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (session is not null)
            message["sessionId"] = session;
        var bytes = System.Text.Encoding.UTF8.GetBytes(message.ToJsonString());
        await sending.WaitAsync(cancel);
        try
        {
            await socket.SendAsync(bytes, WebSocketMessageType.Text, true, cancel);
        }
        finally
        {
            sending.Release();
        }
        return await answer.Task.WaitAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        socket.Abort();
        await reading;
        socket.Dispose();
        sending.Dispose();
    }

    private async Task Read()
    {
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.GetMemory(16 * 1024), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                    break;
                buffer.Advance(part.Count);
                if (!part.EndOfMessage)
                    continue;
                using var message = JsonDocument.Parse(buffer.WrittenMemory);
                Take(message.RootElement.Clone());
                buffer.ResetWrittenCount();
            }
        }
        catch (Exception cause) when (cause is WebSocketException or OperationCanceledException)
        {
            // Chromium ended, or this connection was disposed; the open calls say so below.
        }
        foreach (var call in calls.Values)
            call.TrySetException(new InvalidOperationException("The connection to Chromium ended."));
    }

    private void Take(JsonElement message)
    {
        if (message.TryGetProperty("id", out var id))
        {
            if (!calls.TryRemove(id.GetInt32(), out var call))
                return;
            if (message.TryGetProperty("error", out var error))
                call.TrySetException(new InvalidOperationException(error.GetRawText()));
            else
                call.TrySetResult(message.GetProperty("result"));
        }
        else if (message.TryGetProperty("sessionId", out var session) && listeners.TryGetValue(session.GetString()!, out var listener))
            listener(message.GetProperty("method").GetString()!, message.GetProperty("params"));
    }
}

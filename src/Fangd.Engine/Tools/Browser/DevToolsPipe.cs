using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;

namespace Fangd.Engine.Tools.Browser;

/// <summary>
/// The Chrome DevTools Protocol over a pair of pipes: JSON messages that end in NUL, numbered calls and their answers, and events
/// between them.
/// </summary>
internal sealed class DevToolsPipe : IAsyncDisposable
{
    /// <summary>A screenshot of a large window comes as one message.</summary>
    private const int MaxMessage = 64 * 1024 * 1024;

    private readonly Stream _to;
    private readonly Stream _from;
    private readonly Action<string, JsonElement> _onEvent;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _calls = new();
    private readonly Task _reading;
    private int _lastCall;

    /// <param name="to">What the browser reads.</param>
    /// <param name="from">What the browser writes.</param>
    /// <param name="onEvent">Called for every event, in order; must not wait.</param>
    public DevToolsPipe(Stream to, Stream from, Action<string, JsonElement> onEvent)
    {
        (_to, _from, _onEvent) = (to, from, onEvent);
        _reading = Read();
    }

    /// <summary>Whether the browser is there no more.</summary>
    public bool HasEnded => _reading.IsCompleted;

    /// <summary>Calls a method. Throws <see cref="BrowserFault"/> when the browser refuses it or has ended.</summary>
    public async Task<JsonElement> Call(string? session, string method, Action<Utf8JsonWriter>? parameters, CancellationToken cancel)
    {
        var id = Interlocked.Increment(ref _lastCall);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls[id] = answer;
        try
        {
            await Send(Message(id, session, method, parameters), cancel);
            // The reader may have ended before it could see this call.
            if (HasEnded)
                throw Ended();
            return await answer.Task.WaitAsync(cancel);
        }
        catch (IOException)
        {
            throw Ended();
        }
        finally
        {
            _calls.TryRemove(id, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _from.DisposeAsync();
        await _reading;
        _stopping.Dispose();
        _sending.Dispose();
    }

    private static ReadOnlyMemory<byte> Message(int id, string? session, string method, Action<Utf8JsonWriter>? parameters)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", id);
            if (session is not null)
                writer.WriteString("sessionId", session);
            writer.WriteString("method", method);
            writer.WriteStartObject("params");
            parameters?.Invoke(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        buffer.Write("\0"u8);
        return buffer.WrittenMemory;
    }

    private async Task Send(ReadOnlyMemory<byte> message, CancellationToken cancel)
    {
        await _sending.WaitAsync(cancel);
        try
        {
            // Half a message would end the connection, so a caller that leaves does not interrupt it.
            await _to.WriteAsync(message, _stopping.Token);
            await _to.FlushAsync(_stopping.Token);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task Read()
    {
        var bytes = new ArrayBufferWriter<byte>(64 * 1024);
        try
        {
            while (bytes.WrittenCount < MaxMessage)
            {
                var seen = bytes.WrittenCount;
                var count = await _from.ReadAsync(bytes.GetMemory(16 * 1024), _stopping.Token);
                if (count == 0)
                    break;
                bytes.Advance(count);
                if (bytes.WrittenSpan[seen..].Contains((byte)0))
                    TakeAll(bytes);
            }
        }
        catch (Exception end) when (end is IOException or OperationCanceledException or ObjectDisposedException or JsonException)
        {
            // The browser ended or is to end; the open calls say so.
        }
        foreach (var call in _calls.Values)
            call.TrySetException(Ended());
    }

    private void TakeAll(ArrayBufferWriter<byte> bytes)
    {
        var rest = bytes.WrittenMemory;
        int end;
        while ((end = rest.Span.IndexOf((byte)0)) >= 0)
        {
            using (var message = JsonDocument.Parse(rest[..end]))
                Take(message.RootElement);
            rest = rest[(end + 1)..];
        }
        var left = rest.ToArray();
        bytes.ResetWrittenCount();
        bytes.Write(left);
    }

    private void Take(JsonElement message)
    {
        if (!message.TryGetProperty("id", out var id))
        {
            if (message.TryGetProperty("method", out var method))
                _onEvent(method.GetString()!, message.TryGetProperty("params", out var parameters) ? parameters.Clone() : default);
            return;
        }
        if (!_calls.TryRemove(id.GetInt32(), out var call))
            return;
        if (message.TryGetProperty("error", out var error))
            call.TrySetException(new BrowserFault($"The browser could not do this: {error.GetProperty("message").GetString()}"));
        else
            call.TrySetResult(message.GetProperty("result").Clone());
    }

    private static BrowserFault Ended() => new("The browser has ended; open the page again with browser_navigate.");
}

using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>Requests that wait for their answers on a connection that carries them all, and that connection's end.</summary>
internal sealed class PendingCalls
{
    /// <summary>Most answers to the server's own requests that are under way at once; what it asks beyond that is not answered.</summary>
    private const int MostAnswers = 64;

    // Guards itself.
    private readonly Dictionary<long, TaskCompletionSource<JsonElement>> _waiting = [];
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _answering;

    /// <summary>Ends when the connection does, with the reason.</summary>
    public Task<string> Closed => _closed.Task;

    /// <summary>Sends the call and waits for its result; <see cref="McpException"/> for an error, and when the connection ends first.</summary>
    public async Task<JsonElement> Ask(McpCall call, Func<ReadOnlyMemory<byte>, CancellationToken, Task> send, CancellationToken cancel)
    {
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
            _waiting[call.Id] = answer;
        try
        {
            // After it was noted down: a connection that ends from here on wakes it.
            if (_closed.Task.IsCompleted)
                throw Gone(await _closed.Task);
            await send(call.Json, cancel);
            return McpAnswer.Result(await answer.Task.WaitAsync(cancel));
        }
        finally
        {
            lock (_waiting)
                _waiting.Remove(call.Id);
        }
    }

    /// <summary>Hands a message on: an answer to who waits for it, anything else to <paramref name="heard"/>, whose answer is sent.</summary>
    /// <remarks>Undefined for what was no message: it is nothing to answer, but counts as something that the server said.</remarks>
    public void Take(JsonElement message, Func<JsonElement, Task<byte[]?>?>? heard, Func<ReadOnlyMemory<byte>, CancellationToken, Task> send, CancellationToken end)
    {
        TaskCompletionSource<JsonElement>? waiting = null;
        if (message.ValueKind == JsonValueKind.Object && McpAnswer.IdOf(message) is { } id)
        {
            lock (_waiting)
                _waiting.TryGetValue(id, out waiting);
        }

        if (waiting is not null)
        {
            waiting.TrySetResult(message);
        }
        else if (heard?.Invoke(message) is { } answer)
        {
            if (Interlocked.Increment(ref _answering) <= MostAnswers)
                _ = Answer(answer, send, end);
            else
                Interlocked.Decrement(ref _answering);
        }
    }

    public void Close(string reason)
    {
        _closed.TrySetResult(reason);
        lock (_waiting)
        {
            foreach (var waiting in _waiting.Values)
                waiting.TrySetException(Gone(reason));
        }
    }

    public static McpException Gone(string reason) => new($"the server is gone: {reason}") { IsBroken = true };

    /// <summary>Nobody waits for it: a server that has gone away meanwhile needs no answer.</summary>
    private async Task Answer(Task<byte[]?> answer, Func<ReadOnlyMemory<byte>, CancellationToken, Task> send, CancellationToken end)
    {
        try
        {
            if (await answer is { } said)
                await send(said, end);
        }
        catch (Exception gone) when (gone is McpException or OperationCanceledException or ObjectDisposedException)
        {
            // See above.
        }
        finally
        {
            Interlocked.Decrement(ref _answering);
        }
    }
}

using System.Buffers;
using System.Text;
using System.Text.Json;
using Fangd.Protocols.Sse;

namespace Fangd.Protocols.Llm;

/// <summary>
/// Reads the body of one successful answer into events: an event stream, or one JSON object where a server does not stream. Which of them it
/// is, the first byte tells; content types are wrong too often.
/// </summary>
internal sealed class LlmStream(HttpResponseMessage response, Stream body, ILlmAnswer answer, LlmTarget target, LlmWatch watch, Func<string> newId, CancellationToken run) : IDisposable
{
    private const int MaxWholeAnswer = 16 * 1024 * 1024;

    // After the finish reason only usage and the end mark can come; a server that then neither sends nor closes is not waited for.
    private static readonly TimeSpan LastWait = TimeSpan.FromSeconds(5);

    private readonly SseParser parser = new();
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(4 * 1024);
    private PooledBytes? whole;
    private Form form;
    private bool isFirstRead = true;
    private bool isDone;
    private long events;
    private string? beginning;
    private LlmException? failure;

    private enum Form
    {
        Unknown,
        Events,
        Whole,
    }

    /// <summary>
    /// Waits for bytes and adds the events in them, possibly none. False when the answer is complete and all was told. What came before a
    /// failure is told first, the failure thrown by the next call.
    /// </summary>
    public async ValueTask<bool> Read(List<LlmEvent> output)
    {
        if (failure is not null) throw failure;
        if (isDone) return false;

        var count = await ReadBytes();
        try
        {
            if (count > 0) Take(buffer.AsSpan(0, count), output);
            else End(output);
        }
        catch (LlmException broken)
        {
            if (output.Count == 0) throw;
            failure = broken;
        }
        catch (SseException tooLarge)
        {
            failure = new LlmException(LlmFault.Garbage, $"{target.Provider} sent too much at once: {tooLarge.Message}", inner: tooLarge);
            if (output.Count == 0) throw failure;
        }

        return true;
    }

    public void Dispose()
    {
        parser.Dispose();
        whole?.Dispose();
        response.Dispose();
        var taken = buffer;
        buffer = [];
        if (taken.Length > 0) ArrayPool<byte>.Shared.Return(taken);
    }

    // 0 is the end of the body, also where the connection failed after the model had finished.
    private async ValueTask<int> ReadBytes()
    {
        try
        {
            var reading = body.ReadAsync(buffer, watch.Token);
            if (!reading.IsCompleted && !isFirstRead) watch.Wait(answer.IsFinished && LastWait < target.ChunkTimeout ? LastWait : target.ChunkTimeout);
            var count = await reading;
            watch.Rest();
            isFirstRead = false;
            return count;
        }
        catch (OperationCanceledException) when (watch.IsExpired)
        {
            if (answer.IsFinished) return 0;
            throw new LlmException(LlmFault.Timeout, isFirstRead
                ? $"{target.Provider} gave no answer within {Seconds(target.FirstByteTimeout)}"
                : $"{target.Provider} paused for more than {Seconds(target.ChunkTimeout)} in the middle of its answer");
        }
        catch (OperationCanceledException)
        {
            run.ThrowIfCancellationRequested();
            throw;
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            if (answer.IsFinished) return 0;
            throw new LlmException(LlmFault.Interrupted, $"the connection to {target.Provider} broke in the middle of its answer", inner: broken);
        }
    }

    private static string Seconds(TimeSpan time) => $"{Math.Ceiling(time.TotalSeconds)} s";

    private void Take(ReadOnlySpan<byte> bytes, List<LlmEvent> output)
    {
        if (form == Form.Unknown)
        {
            bytes = bytes.TrimStart(" \t\r\n"u8);
            if (bytes.Length == 0) return;
            if (bytes[0] == (byte)'<') throw new LlmException(LlmFault.Garbage, $"{target.Provider} answered with a web page instead of a model's answer; check its base URL");
            form = bytes[0] is (byte)'{' or (byte)'[' ? Form.Whole : Form.Events;
        }

        if (form == Form.Whole)
        {
            whole ??= new PooledBytes(bytes.Length);
            if ((long)whole.Length + bytes.Length > MaxWholeAnswer) throw Garbage("sent an answer that is too large");
            whole.Append(bytes);
            return;
        }

        var all = bytes;
        while (!isDone && parser.TryRead(ref bytes, out var message)) TakeEvent(message, output);
        // Kept only while it may have to be shown: no event in it means that it may be something else.
        if (events == 0 && beginning is null) beginning = Encoding.UTF8.GetString(all[..Math.Min(all.Length, 2 * LlmErrors.MaxQuote)]);
    }

    private void TakeEvent(in SseEvent message, List<LlmEvent> output)
    {
        events++;
        var data = message.Data.Span.Trim(" \t\r\n"u8);
        if (data.Length == 0) return;
        if (data.SequenceEqual("[DONE]"u8))
        {
            Complete(output);
            return;
        }

        if (message.Type.Span.SequenceEqual("error"u8)) throw LlmError.Read(data.ToArray()).ToException(target, 0, null);
        // Other named events with other content are some proxy's own.
        if (data[0] != (byte)'{' && message.Type.Length > 0) return;
        TakeChunk(data, output);
    }

    private void TakeChunk(ReadOnlySpan<byte> json, List<LlmEvent> output)
    {
        LlmError? error;
        try
        {
            error = answer.Read(json, output);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            throw Garbage("sent something that is no chunk of an answer", Encoding.UTF8.GetString(json[..Math.Min(json.Length, 2 * LlmErrors.MaxQuote)]), broken);
        }

        if (error is not null) throw error.ToException(target, 0, null);
        if (answer.IsAtEnd && form == Form.Events && !isDone) Complete(output);
    }

    private void End(List<LlmEvent> output)
    {
        if (form == Form.Whole)
        {
            TakeWhole(output);
            return;
        }

        // The last event may lack its blank line. If it was cut, it is no JSON, and then the stream was cut.
        if (!answer.IsFinished && parser.TryReadRest(out var rest))
        {
            try
            {
                TakeEvent(rest, output);
            }
            catch (LlmException broken) when (broken.Fault == LlmFault.Garbage)
            {
                throw Cut();
            }
        }

        if (isDone) return;
        if (answer.IsFinished) Complete(output);
        else if (events > 0) throw Cut();
        else if (string.IsNullOrWhiteSpace(beginning)) throw Garbage("sent an empty answer");
        else throw Garbage("sent something that is no answer", beginning);
    }

    private void TakeWhole(List<LlmEvent> output)
    {
        var json = whole!.Span;
        if (json[0] == (byte)'[') TakeArray(json, output);
        else TakeChunk(json, output);
        if (!answer.HasContent) throw Garbage("sent something that is no answer", Encoding.UTF8.GetString(json[..Math.Min(json.Length, 2 * LlmErrors.MaxQuote)]));
        if (!answer.IsFinished && json[0] == (byte)'[') throw Cut();
        Complete(output);
    }

    // Google's form of a stream where events were not asked for or a proxy took them away; its errors come like this too.
    private void TakeArray(ReadOnlySpan<byte> json, List<LlmEvent> output)
    {
        var reader = new Utf8JsonReader(json, isFinalBlock: true, default);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                TakeChunk(json[start..(int)reader.BytesConsumed], output);
            }
        }
        catch (JsonException broken)
        {
            throw Garbage("sent something that is no chunk of an answer", Encoding.UTF8.GetString(json[..Math.Min(json.Length, 2 * LlmErrors.MaxQuote)]), broken);
        }
    }

    private void Complete(List<LlmEvent> output)
    {
        answer.Finish(output, newId);
        isDone = true;
    }

    private LlmException Cut() => new(LlmFault.Interrupted, $"{target.Provider} ended its answer before it was complete");

    private LlmException Garbage(string what, string? words = null, Exception? inner = null) =>
        new(LlmFault.Garbage, LlmErrors.Quote(words, target.ApiKey) is { } said ? $"{target.Provider} {what}: {said}" : $"{target.Provider} {what}", inner: inner);
}

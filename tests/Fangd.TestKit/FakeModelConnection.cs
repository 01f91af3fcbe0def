using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Fangd.TestKit;

/// <summary>One connection to <see cref="FakeModel"/>: reads requests, writes replies piece by piece, notices a client that leaves.</summary>
internal sealed class FakeModelConnection(FakeModel model, Socket socket)
{
    private byte[] buffer = new byte[16 * 1024];
    private int filled;
    private Task<int>? reading;

    public async Task Serve(CancellationToken stopping)
    {
        socket.NoDelay = true;
        try
        {
            while (await ReadRequest(stopping) is { } call)
            {
                model.Count();
                if (!await Respond(call, stopping))
                    break;
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // The client left, or the test is over; the call has been told.
        }
        finally
        {
            socket.Dispose();
        }
    }

    private async Task<bool> Respond(ModelCall call, CancellationToken stopping)
    {
        if (model.RequiredKey is { } key && call.Key != key)
            return await Write(call, ModelReply.Fail(401, "Incorrect API key provided", "invalid_request_error", "invalid_api_key"), stopping);
        var path = call.Path.Split('?')[0];
        if (call.Method == "GET" && path.EndsWith("/models", StringComparison.Ordinal))
            return await Write(call, new ModelReply { Body = """{"object":"list","data":[{"id":"fake-model","object":"model","created":1700000000,"owned_by":"fake"}]}""" }, stopping);
        if (call.Method != "POST" || !path.EndsWith("/chat/completions", StringComparison.Ordinal))
            return await Write(call, ModelReply.Fail(404, "no such path " + path, "invalid_request_error"), stopping);
        if (call.Messages.Count == 0)
            return await Write(call, ModelReply.Fail(400, "messages are missing", "invalid_request_error"), stopping);

        var reply = model.Answer(call);
        using var left = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var watch = WatchForLeaving(call, left);
        try
        {
            return await Write(call, reply, left.Token);
        }
        catch (Exception failure) when (failure is OperationCanceledException or SocketException)
        {
            call.SettleAborted();
            return false;
        }
        finally
        {
            _ = watch; // completes with the read that the next request goes on from
        }
    }

    // A client of HTTP/1.1 sends nothing while it waits, so a read that ends is either its next request or its leaving.
    private async Task WatchForLeaving(ModelCall call, CancellationTokenSource left)
    {
        var read = reading ??= ReadMore();
        var count = 0;
        try
        {
            count = await read;
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // Leaving with a reset is leaving.
        }
        if (count > 0 || call.Answered.IsCompleted)
            return;
        call.SettleAborted();
        try
        {
            await left.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The reply ended in the same moment.
        }
    }

    /// <summary>Writes the reply; false when the connection is to be closed after it.</summary>
    private async Task<bool> Write(ModelCall call, ModelReply reply, CancellationToken left)
    {
        if (reply.HeadGate is { } head)
            await head.Pass(left);
        var wire = new ModelWire(call, reply, model.Requests);
        if (reply.Body is null && call.Stream)
            return await WriteStream(call, reply, wire, left);

        var body = Encoding.UTF8.GetBytes(reply.Body ?? (reply.Steps is [RawBytes raw] ? raw.Text : wire.Whole()));
        if (reply.ChunkGate is { } gate)
            await gate.Pass(left);
        if (reply.Ending is ModelEnding.Cut or ModelEnding.Hang)
        {
            await Send(wire.Head(reply.ContentType, body.Length), reply, left);
            await Send(body.AsMemory(0, body.Length / 2), reply, left);
            if (reply.Ending == ModelEnding.Hang)
                await Task.Delay(Timeout.InfiniteTimeSpan, left);
            call.SettleAnswered();
            return false;
        }
        call.SettleAnswered();
        await Send(wire.Head(reply.ContentType, body.Length), reply, left);
        await Send(body, reply, left);
        return true;
    }

    private async Task<bool> WriteStream(ModelCall call, ModelReply reply, ModelWire wire, CancellationToken left)
    {
        await Send(wire.Head("text/event-stream", null), reply, left);
        foreach (var chunk in wire.Chunks().Take(reply.Chunks ?? int.MaxValue))
        {
            if (reply.ChunkGate is { } gate)
                await gate.Pass(left);
            await SendChunk(chunk, reply, left);
        }
        if (reply.ChunkGate is { } last)
            await last.Pass(left);
        switch (reply.Ending)
        {
            case ModelEnding.Hang:
                await Task.Delay(Timeout.InfiniteTimeSpan, left);
                return false;
            case ModelEnding.Cut:
                call.SettleAnswered();
                return false;
            case ModelEnding.Short:
                call.SettleAnswered();
                await Send("0\r\n\r\n", reply, left);
                return true;
            default:
                // Settled first: a client may read the last byte and leave before this line goes on.
                call.SettleAnswered();
                await SendChunk(wire.Finish(), reply, left);
                await Send("0\r\n\r\n", reply, left);
                return true;
        }
    }

    private async Task SendChunk(string text, ModelReply reply, CancellationToken left)
    {
        var size = Encoding.UTF8.GetByteCount(text).ToString("x", CultureInfo.InvariantCulture);
        await Send($"{size}\r\n{text}\r\n", reply, left);
    }

    private Task Send(string text, ModelReply reply, CancellationToken left) => Send(Encoding.UTF8.GetBytes(text), reply, left);

    private async Task Send(ReadOnlyMemory<byte> bytes, ModelReply reply, CancellationToken left)
    {
        while (bytes.Length > 0)
        {
            var piece = reply.WriteSize > 0 ? bytes[..Math.Min(reply.WriteSize, bytes.Length)] : bytes;
            var sent = await socket.SendAsync(piece, left);
            bytes = bytes[sent..];
        }
    }

    private async Task<ModelCall?> ReadRequest(CancellationToken stopping)
    {
        int end;
        while ((end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (await Fill(stopping) == 0)
                return null;
        }
        var lines = Encoding.Latin1.GetString(buffer, 0, end).Split("\r\n");
        Consume(end + 4);
        var first = lines[0].Split(' ');
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }
        if (headers.GetValueOrDefault("Expect") == "100-continue")
            await socket.SendAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), stopping);
        var body = headers.ContainsKey("Transfer-Encoding")
            ? await ReadChunks(stopping)
            : await ReadBytes(headers.TryGetValue("Content-Length", out var length) ? int.Parse(length, CultureInfo.InvariantCulture) : 0, stopping);
        return new ModelCall(first[0], first[1], headers, Encoding.UTF8.GetString(body));
    }

    private async Task<byte[]> ReadChunks(CancellationToken stopping)
    {
        using var body = new MemoryStream();
        while (true)
        {
            int end;
            while ((end = buffer.AsSpan(0, filled).IndexOf("\r\n"u8)) < 0)
            {
                if (await Fill(stopping) == 0)
                    throw new IOException("the request ended in a chunk");
            }
            var size = int.Parse(Encoding.Latin1.GetString(buffer, 0, end).Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            Consume(end + 2);
            body.Write((await ReadBytes(size + 2, stopping)).AsSpan(0, size));
            if (size == 0)
                return body.ToArray();
        }
    }

    private async Task<byte[]> ReadBytes(int count, CancellationToken stopping)
    {
        while (filled < count)
        {
            if (await Fill(stopping) == 0)
                throw new IOException("the request ended in its body");
        }
        var bytes = buffer[..count];
        Consume(count);
        return bytes;
    }

    private void Consume(int count)
    {
        buffer.AsSpan(count, filled - count).CopyTo(buffer);
        filled -= count;
    }

    private async Task<int> Fill(CancellationToken stopping)
    {
        var count = await (reading ??= ReadMore()).WaitAsync(stopping);
        reading = null;
        filled += count;
        return count;
    }

    private Task<int> ReadMore()
    {
        if (filled == buffer.Length)
            Array.Resize(ref buffer, buffer.Length * 2);
        return socket.ReceiveAsync(buffer.AsMemory(filled)).AsTask();
    }
}

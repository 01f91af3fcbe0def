using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fangd.Bench;

/// <summary>
/// A model that answers at once: the replies are bytes made beforehand, so that what is measured is the daemon. A user message that
/// contains <see cref="PacedMarker"/> is answered with 20 chunks, one each 50 ms.
/// </summary>
internal sealed class InstantModel : IDisposable
{
    public const string PacedMarker = "paced-20x50";
    public const int PacedChunks = 20;
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private static readonly byte[] StreamReply = WithLength("text/event-stream",
        Delta("pong") + Delta(" again") + Finish + Usage + "data: [DONE]\n\n");

    private static readonly byte[] PlainReply = WithLength("application/json",
        """{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"bench-model","choices":[{"index":0,"message":{"role":"assistant","content":"pong again"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}""");

    private static readonly byte[] PacedHead =
        Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");

    private static readonly byte[] PacedChunk = Chunked(Delta("tick "));
    private static readonly byte[] PacedEnd = [.. Chunked(Finish + Usage + "data: [DONE]\n\n"), .. "0\r\n\r\n"u8];

    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private long calls;
    private long bytes;

    public InstantModel()
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1024);
        _ = Accept();
    }

    private const string Finish =
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench-model\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

    private const string Usage =
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench-model\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":12}}\n\n";

    public IPEndPoint Address => (IPEndPoint)listener.LocalEndPoint!;

    /// <summary>Chat completions asked for so far.</summary>
    public long Calls => Interlocked.Read(ref calls);

    /// <summary>Bytes of those requests, heads included.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    public void Dispose() => listener.Dispose();

    private async Task Accept()
    {
        try
        {
            while (true)
                _ = Serve(await listener.AcceptAsync());
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // The bench is over.
        }
    }

    private async Task Serve(Socket socket)
    {
        using var owned = socket;
        socket.NoDelay = true;
        var buffer = new byte[16 * 1024];
        var filled = 0;
        try
        {
            while (true)
            {
                int length;
                while ((length = RequestLength(buffer.AsSpan(0, filled))) < 0 || filled < length)
                {
                    if (filled == buffer.Length || length > buffer.Length)
                        Array.Resize(ref buffer, Math.Max(length, buffer.Length * 2));
                    var count = await socket.ReceiveAsync(buffer.AsMemory(filled));
                    if (count == 0)
                        return;
                    filled += count;
                }
                Interlocked.Increment(ref calls);
                Interlocked.Add(ref bytes, length);
                var kind = Classify(buffer.AsSpan(0, length));
                var vectors = kind == Kind.Vectors ? InstantVectors.Answer(buffer.AsSpan(0, length)) : null;
                buffer.AsSpan(length, filled - length).CopyTo(buffer);
                filled -= length;
                if (kind == Kind.Paced)
                    await SendPaced(socket);
                else
                    await SendWhole(socket, vectors ?? (kind == Kind.Stream ? StreamReply : PlainReply));
            }
        }
        catch (SocketException)
        {
            // The daemon was ended; the next one connects anew.
        }
    }

    private static async Task SendWhole(Socket socket, ReadOnlyMemory<byte> reply)
    {
        while (reply.Length > 0)
            reply = reply[await socket.SendAsync(reply)..];
    }

    private static async Task SendPaced(Socket socket)
    {
        await socket.SendAsync(PacedHead);
        var start = TimeProvider.System.GetTimestamp();
        for (var chunk = 1; chunk <= PacedChunks; chunk++)
        {
            await socket.SendAsync(PacedChunk);
            // Against the start and not against the chunk before: the pauses' inaccuracies must not add up.
            var wait = chunk * Pace - TimeProvider.System.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait);
        }
        await socket.SendAsync(PacedEnd);
    }

    private enum Kind { Plain, Stream, Paced, Vectors }

    private static Kind Classify(ReadOnlySpan<byte> request)
    {
        if (request[..Math.Min(64, request.Length)].IndexOf("/embeddings "u8) >= 0)
            return Kind.Vectors;
        if (request.IndexOf("\"stream\":true"u8) < 0 && request.IndexOf("\"stream\": true"u8) < 0)
            return Kind.Plain;
        return request.IndexOf("paced-20x50"u8) >= 0 ? Kind.Paced : Kind.Stream;
    }

    /// <summary>The bytes of the whole request; -1 while that is not known.</summary>
    private static int RequestLength(ReadOnlySpan<byte> received)
    {
        var head = received.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return -1;
        var length = HttpHead.ContentLength(received[..head]);
        if (length >= 0)
            return head + 4 + length;
        if (received[..head].IndexOf("chunked"u8) < 0)
            return head + 4;
        var end = received[head..].IndexOf("\r\n0\r\n\r\n"u8);
        return end < 0 ? -1 : head + end + 7;
    }

    private static string Delta(string text) =>
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench-model\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\""
        + text + "\"},\"finish_reason\":null}]}\n\n";

    private static byte[] WithLength(string type, string body) => Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));

    private static byte[] Chunked(string text) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n"));
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fangd.UnitTests.Llm;

/// <summary>
/// A provider on loopback that sends exactly the bytes it is told to, in exactly these pieces. One connection an answer, closed after it.
/// </summary>
internal sealed class StandIn : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;
    private readonly Func<int, Request, Reply> answer;
    private int calls;

    public StandIn(Func<int, Request, Reply> answer)
    {
        this.answer = answer;
        listener.Start();
        accepting = Accept();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    public ConcurrentQueue<Request> Requests { get; } = new();

    /// <summary>Completes when a client hung up on an answer that was not at its end.</summary>
    public TaskCompletionSource HungUp { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static StandIn Always(Reply reply) => new((_, _) => reply);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await accepting;
        stopping.Dispose();
    }

    private async Task Accept()
    {
        var open = new List<Task>();
        try
        {
            while (true) open.Add(Serve(await listener.AcceptSocketAsync(stopping.Token)));
        }
        // Stopped between two accepts, the listener says that it is not listening.
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or InvalidOperationException)
        {
        }

        await Task.WhenAll(open);
    }

    private async Task Serve(Socket socket)
    {
        using var _ = socket;
        socket.NoDelay = true;
        try
        {
            var request = await Read(socket);
            if (request is null) return;
            Requests.Enqueue(request);
            var reply = answer(Interlocked.Increment(ref calls), request);
            foreach (var piece in reply.Pieces) await socket.SendAsync(piece, stopping.Token);
            if (reply.Hangs)
            {
                var waiting = new byte[1];
                if (await socket.ReceiveAsync(waiting, stopping.Token) == 0) HungUp.TrySetResult();
            }
            else if (reply.Resets)
            {
                socket.LingerState = new LingerOption(true, 0);
            }
            else
            {
                socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (SocketException)
        {
            HungUp.TrySetResult();
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task<Request?> Read(Socket socket)
    {
        var all = new MemoryStream();
        var buffer = new byte[65536];
        while (true)
        {
            var count = await socket.ReceiveAsync(buffer, stopping.Token);
            if (count == 0) return null;
            all.Write(buffer, 0, count);
            var text = Encoding.Latin1.GetString(all.GetBuffer(), 0, (int)all.Length);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0) continue;
            var head = text[..end];
            var mark = head.IndexOf("Content-Length: ", StringComparison.Ordinal);
            var length = mark < 0 ? 0 : int.Parse(head[(mark + 16)..].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture);
            if (all.Length < end + 4 + length) continue;
            return new Request(head, Encoding.UTF8.GetString(all.GetBuffer(), end + 4, length));
        }
    }

    internal sealed record Request(string Head, string Body)
    {
        public string Path => Head.Split(' ')[1];
    }

    internal sealed record Reply(IReadOnlyList<byte[]> Pieces, bool Hangs = false, bool Resets = false)
    {
        /// <summary>An event stream that ends with the connection, cut into pieces of <paramref name="size"/> bytes (0: whole).</summary>
        public static Reply Stream(string text, int size = 0, bool hangs = false, string type = "text/event-stream")
        {
            var head = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nConnection: close\r\n\r\n");
            var body = Encoding.UTF8.GetBytes(text);
            return new Reply([head, .. size == 0 ? [body] : body.Chunk(size)], hangs);
        }

        /// <summary>The same in two pieces.</summary>
        public static Reply Split(byte[] body, int at) =>
            new(["HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"u8.ToArray(), body[..at], body[at..]]);

        public static Reply Status(int status, string body, string headers = "", string type = "application/json") =>
            new([Encoding.UTF8.GetBytes($"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n{headers}\r\n{body}")]);
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fangd.TestKit;

/// <summary>What a web server was asked. Header names are as they were sent.</summary>
public sealed record WebRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>What a web server answers.</summary>
public sealed record WebAnswer(int Status, string Type, byte[] Body, params (string Name, string Value)[] Headers)
{
    public static WebAnswer Html(string text) => new(200, "text/html; charset=utf-8", Encoding.UTF8.GetBytes(text));

    public static WebAnswer Json(string text, int status = 200) => new(status, "application/json", Encoding.UTF8.GetBytes(text));

    public static WebAnswer Redirect(string to, int status = 302) => new(status, "", [], ("Location", to));
}

/// <summary>A web server on loopback with a body of its own for every path, one request a connection.</summary>
public sealed class WebStandIn : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentQueue<WebRequest> requests = new();
    private readonly Func<WebRequest, WebAnswer> answer;
    private readonly Task accepting;

    public WebStandIn(Func<WebRequest, WebAnswer> answer)
    {
        this.answer = answer;
        listener.Start();
        accepting = Accept();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>All requests so far, in the order of their arrival.</summary>
    public IReadOnlyCollection<WebRequest> Requests => requests;

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await accepting;
        stopping.Dispose();
    }

    private async Task Accept()
    {
        var open = new List<Task>();
        try
        {
            while (true)
                open.Add(Serve(await listener.AcceptTcpClientAsync(stopping.Token)));
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            if (await Read(stream) is not { } request)
                return;
            requests.Enqueue(request);
            var reply = answer(request);
            var head = new StringBuilder($"HTTP/1.1 {reply.Status} Stand-in\r\nConnection: close\r\nContent-Length: {reply.Body.Length}\r\n");
            if (reply.Type.Length > 0)
                head.Append("Content-Type: ").Append(reply.Type).Append("\r\n");
            foreach (var (name, value) in reply.Headers)
                head.Append(name).Append(": ").Append(value).Append("\r\n");
            await stream.WriteAsync(Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), stopping.Token);
            if (request.Method != "HEAD")
                await stream.WriteAsync(reply.Body, stopping.Token);
        }
        catch (Exception left) when (left is IOException or OperationCanceledException)
        {
            // The client had enough.
        }
    }

    private async Task<WebRequest?> Read(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var count = await stream.ReadAsync(buffer, stopping.Token);
            if (count == 0)
                return null;
            bytes.AddRange(buffer.AsSpan(0, count));
            var text = Encoding.UTF8.GetString([.. bytes]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0)
                continue;
            var lines = text[..end].Split("\r\n");
            var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
            var length = headers.TryGetValue("Content-Length", out var given) ? int.Parse(given, System.Globalization.CultureInfo.InvariantCulture) : 0;
            if (bytes.Count < Encoding.UTF8.GetByteCount(text[..end]) + 4 + length)
                continue;
            var words = lines[0].Split(' ');
            return new WebRequest(words[0], words[1], headers, text[(end + 4)..]);
        }
    }
}

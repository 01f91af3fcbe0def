using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

namespace Fangd.UnitTests.Cli;

/// <summary>One request as it arrived.</summary>
internal sealed record SeenRequest(string Method, string Path, string Authorization, string Body);

/// <summary>An answer: a status and a body, or a stream that the test feeds.</summary>
internal sealed record ScriptedAnswer(int Status, string Body, string Headers = "", Func<Stream, CancellationToken, Task>? Stream = null)
{
    public static implicit operator ScriptedAnswer(string body) => new(200, body);
}

/// <summary>A loopback server that answers what a test told it to, and 404 to everything else.</summary>
internal sealed class ScriptedDaemon : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closing = new();
    private readonly Dictionary<string, Func<SeenRequest, ScriptedAnswer>> answers = [];
    private readonly List<Task> connections = [];
    private readonly Task accepting;

    public ScriptedDaemon()
    {
        listener.Start();
        Address = $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        accepting = Accept();
    }

    public string Address { get; }

    public List<SeenRequest> Seen { get; } = [];

    /// <summary>What the WebSocket answers to a message; null when there is none.</summary>
    public Func<string, IReadOnlyList<string>>? Socket { get; set; }

    public ScriptedDaemon On(string route, ScriptedAnswer answer) => On(route, _ => answer);

    public ScriptedDaemon On(string route, Func<SeenRequest, ScriptedAnswer> answer)
    {
        lock (answers)
            answers[route] = answer;
        return this;
    }

    public ScriptedDaemon WithAgents(params string[] names) =>
        On("GET /api/agents", "[" + string.Join(',', names.Select((name, index) =>
            $$"""{"id":"{{Id(index)}}","name":"{{name}}","state":"Running","model_provider":"groq","model_name":"llama"}""")) + "]");

    public static string Id(int index) => $"a1b2c3d{index}-0000-4000-8000-000000000000";

    /// <summary>No further connection is taken, as by a daemon that has ended.</summary>
    public void StopListening() => listener.Stop();

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        listener.Stop();
        await accepting;
        Task[] open;
        lock (connections)
            open = [.. connections];
        await Task.WhenAll(open);
        closing.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(closing.Token);
                lock (connections)
                    connections.Add(Serve(client));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    private async Task Serve(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                var (request, headers) = await Read(stream);
                lock (Seen)
                    Seen.Add(request);
                if (headers.TryGetValue("sec-websocket-key", out var key))
                    await Talk(stream, key);
                else
                    await Answer(stream, request);
            }
            catch (Exception left) when (left is IOException or OperationCanceledException or WebSocketException)
            {
            }
        }
    }

    private async Task Answer(Stream stream, SeenRequest request)
    {
        Func<SeenRequest, ScriptedAnswer>? script;
        lock (answers)
            script = answers.GetValueOrDefault($"{request.Method} {request.Path}");
        var answer = script?.Invoke(request) ?? new ScriptedAnswer(404, """{"error":"no such thing"}""");
        var body = Encoding.UTF8.GetBytes(answer.Body);
        var length = answer.Stream is null ? $"Content-Length: {body.Length}\r\nContent-Type: application/json\r\n" : "Content-Type: text/event-stream\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer.Status} Scripted\r\n{length}{answer.Headers}Connection: close\r\n\r\n"), closing.Token);
        await stream.WriteAsync(body, closing.Token);
        if (answer.Stream is { } feed)
            await feed(stream, closing.Token);
    }

    private async Task Talk(Stream stream, string key)
    {
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"), closing.Token);
        using var socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true });
        var buffer = new byte[4096];
        var received = await socket.ReceiveAsync(buffer.AsMemory(), closing.Token);
        foreach (var frame in Socket?.Invoke(Encoding.UTF8.GetString(buffer, 0, received.Count)) ?? [])
            await socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, true, closing.Token);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, closing.Token);
    }

    private async Task<(SeenRequest, Dictionary<string, string>)> Read(Stream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head.Count < 4 || !head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one, closing.Token) == 0)
                throw new IOException("closed");
            head.Add(one[0]);
        }
        var lines = Encoding.UTF8.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0].ToLowerInvariant(), pair => pair[1]);
        var body = new byte[int.Parse(headers.GetValueOrDefault("content-length", "0"))];
        await stream.ReadExactlyAsync(body, closing.Token);
        var start = lines[0].Split(' ');
        return (new SeenRequest(start[0], start[1], headers.GetValueOrDefault("authorization", ""), Encoding.UTF8.GetString(body)), headers);
    }
}

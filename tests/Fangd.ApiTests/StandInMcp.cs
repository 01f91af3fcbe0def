using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>An MCP server over HTTP on loopback that does what a test says, several requests at once.</summary>
internal sealed class StandInMcp : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly Func<McpExchange, Task> serve;
    private readonly Task accepting;

    public StandInMcp(Func<McpExchange, Task> serve)
    {
        this.serve = serve;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        listener.Prefixes.Add(Url + "/");
        listener.Start();
        accepting = Accept();
    }

    public string Url { get; }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Close();
        await accepting;
        stopping.Dispose();
    }

    private async Task Accept()
    {
        var open = new List<Task>();
        try
        {
            while (true)
                open.Add(Serve(await listener.GetContextAsync()));
        }
        catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task Serve(HttpListenerContext context)
    {
        await Task.Yield();
        try
        {
            using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            var body = await reader.ReadToEndAsync();
            await serve(new McpExchange(context, body.Length > 0 ? FakeJson.Parse(body) : default, stopping.Token));
            context.Response.Close();
        }
        catch (Exception left) when (left is HttpListenerException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            context.Response.Abort();
        }
    }
}

/// <summary>One request to a <see cref="StandInMcp"/>.</summary>
internal sealed class McpExchange(HttpListenerContext context, JsonElement message, CancellationToken stopping)
{
    public CancellationToken Stopping => stopping;

    public string Path => context.Request.Url!.AbsolutePath;

    public bool IsPost => context.Request.HttpMethod == "POST";

    public JsonElement Message => message;

    public JsonElement Params => message.GetProperty("params");

    /// <summary>The method of the message; empty for an answer, and where there is none.</summary>
    public string Method => message.ValueKind == JsonValueKind.Object && message.TryGetProperty("method", out var method) ? method.GetString()! : "";

    public string? Header(string name) => context.Request.Headers[name];

    /// <summary>Answers the handshake, the notifications, pings and the list of tools; false for anything else.</summary>
    public async Task<bool> Usual(string tools = """[{"name": "work", "inputSchema": {"type": "object"}}]""", string capabilities = """{"tools": {}}""")
    {
        if (!IsPost || UsualResult(Method, tools, capabilities) is not { } result)
        {
            if (!IsPost || Method.Length > 0)
                return false;
            await Status(202);
            return true;
        }

        await (result.Length == 0 ? Status(202) : Result(result));
        return true;
    }

    /// <summary>Empty for a notification; null for what is not usual.</summary>
    public static string? UsualResult(string method, string tools, string capabilities) => method switch
    {
        "initialize" => $$$"""{"protocolVersion": "2025-11-25", "capabilities": {{{capabilities}}}, "serverInfo": {"name": "s", "version": "1"}}""",
        "tools/list" => $$"""{"tools": {{tools}}}""",
        "ping" => "{}",
        _ when method.StartsWith("notifications/", StringComparison.Ordinal) => "",
        _ => null,
    };

    /// <summary>A JSON-RPC answer to the message, as text.</summary>
    public string Answer(string result) => $$"""{"jsonrpc": "2.0", "id": {{message.GetProperty("id").GetRawText()}}, "result": {{result}}}""";

    public Task Status(int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    public void SetHeader(string name, string value) => context.Response.Headers[name] = value;

    public Task Result(string result) => Json(Answer(result));

    public async Task Json(string json)
    {
        context.Response.ContentType = "application/json";
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(json), stopping);
    }

    public void BeginStream(string type = "text/event-stream")
    {
        context.Response.ContentType = type;
        context.Response.SendChunked = true;
    }

    /// <summary>Sends text as it is, at once.</summary>
    public async Task Write(string text)
    {
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text), stopping);
        await context.Response.OutputStream.FlushAsync(stopping);
    }

    public Task Event(string data) => Write($"data: {data}\n\n");

    /// <summary>Cuts the connection.</summary>
    public void Abort() => context.Response.Abort();
}

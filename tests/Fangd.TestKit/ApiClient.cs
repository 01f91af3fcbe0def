using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Fangd.TestKit;

/// <summary>Talks to a daemon as its users do. Requests are written as "POST /api/agents", bodies as JSON text.</summary>
public sealed class ApiClient : IDisposable
{
    private readonly HttpClient http;
    private readonly string? key;

    public ApiClient(Uri address, string? key = null)
    {
        this.key = key;
        // No redirects, no proxy, no time limit but the test's own: what the daemon says is what the test sees.
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public ApiClient(IDaemonUnderTest daemon)
        : this(daemon.Address, daemon.ApiKey)
    {
    }

    public Uri Address => http.BaseAddress!;

    /// <summary>Sends and reads the whole answer, whatever its status.</summary>
    public async Task<ApiResponse> Send(string request, CancellationToken cancel, string? body = null, IReadOnlyDictionary<string, string>? headers = null)
    {
        using var message = Message(request, body, headers);
        using var answer = await http.SendAsync(message, cancel);
        return new ApiResponse(request, answer.StatusCode, Flatten(answer), await answer.Content.ReadAsStringAsync(cancel));
    }

    /// <summary>Sends, and fails unless the status is 2xx; returns the JSON of the answer.</summary>
    public async Task<JsonElement> Do(string request, CancellationToken cancel, string? body = null)
    {
        var answer = await Send(request, cancel, body);
        Assert.True((int)answer.Status is >= 200 and < 300, $"{request} answered {(int)answer.Status}: {answer.Text}");
        return answer.Text.Length == 0 ? default : answer.Json;
    }

    /// <summary>Opens a stream of server-sent events; fails unless it is one.</summary>
    public async Task<SseConnection> Stream(string request, CancellationToken cancel, string? body = null, IReadOnlyDictionary<string, string>? headers = null)
    {
        using var message = Message(request, body, headers);
        var answer = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancel);
        if (answer.StatusCode != HttpStatusCode.OK || answer.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            var text = await answer.Content.ReadAsStringAsync(cancel);
            answer.Dispose();
            Assert.Fail($"{request} answered {(int)answer.StatusCode} {answer.Content.Headers.ContentType}: {text}");
        }
        return new SseConnection(answer, await answer.Content.ReadAsStreamAsync(cancel));
    }

    /// <summary>Opens a WebSocket with the key as a header.</summary>
    public async Task<SocketConnection> Connect(string path, CancellationToken cancel, params string[] protocols)
    {
        var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        if (key is not null)
            socket.Options.SetRequestHeader("Authorization", "Bearer " + key);
        foreach (var protocol in protocols)
            socket.Options.AddSubProtocol(protocol);
        var url = new UriBuilder(new Uri(Address, path)) { Scheme = "ws" };
        await socket.ConnectAsync(url.Uri, cancel);
        return new SocketConnection(socket);
    }

    public void Dispose() => http.Dispose();

    private HttpRequestMessage Message(string request, string? body, IReadOnlyDictionary<string, string>? headers)
    {
        var space = request.IndexOf(' ', StringComparison.Ordinal);
        var message = new HttpRequestMessage(new HttpMethod(request[..space]), new Uri(request[(space + 1)..], UriKind.Relative));
        if (body is not null)
        {
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        if (key is not null)
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
        {
            if (string.Equals(name, "Content-Type", StringComparison.OrdinalIgnoreCase))
            {
                message.Content ??= new ByteArrayContent([]);
                message.Content.Headers.Remove(name);
                message.Content.Headers.TryAddWithoutValidation(name, value);
                continue;
            }
            message.Headers.Remove(name);
            // An empty value takes a header away, so that a test can send no key at all.
            if (value.Length > 0)
                message.Headers.TryAddWithoutValidation(name, value);
        }
        return message;
    }

    private static Dictionary<string, string> Flatten(HttpResponseMessage answer)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            headers[name] = string.Join(", ", values);
        return headers;
    }
}

/// <summary>An answer, read to its end.</summary>
public sealed record ApiResponse(string Request, HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, string Text)
{
    /// <summary>The body as JSON; the test fails, showing the body, when it is none.</summary>
    public JsonElement Json
    {
        get
        {
            var json = FakeJson.TryParse(Text);
            Assert.True(json.ValueKind != JsonValueKind.Undefined, $"{Request} answered {(int)Status} with a body that is not JSON: {Text}");
            return json;
        }
    }
}

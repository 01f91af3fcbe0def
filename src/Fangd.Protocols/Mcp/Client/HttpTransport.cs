using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Fangd.Protocols.Sse;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>
/// A server over streamable HTTP: each message is a POST, answered with JSON or with a stream of events that ends with the answer. Headers, the
/// credential among them, are what <paramref name="headers"/> gives for each request.
/// </summary>
public sealed class HttpTransport(HttpClient http, Uri url, Func<IEnumerable<KeyValuePair<string, string>>> headers) : IMcpTransport
{
    private const int MaxAnswer = 16 * 1024 * 1024;

    private static readonly MediaTypeHeaderValue _json = new("application/json");

    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource<string> _closed = new();
    private volatile string? _session;
    private volatile string? _version;
    private Task _listening = Task.CompletedTask;

    public Func<JsonElement, byte[]?>? Heard { get; set; }

    public Task<string> Closed => _closed.Task;

    public async Task<JsonElement> Request(McpCall call, CancellationToken cancel)
    {
        using var response = await Post(call, call.Json, cancel);
        if (response.Headers.TryGetValues("Mcp-Session-Id", out var ids))
            _session = ids.First();
        try
        {
            if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
                return McpAnswer.Result(await FromStream(response, call.Id, cancel));
            return McpAnswer.Result(McpAnswer.Parse(await Whole(response, cancel)));
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw new McpException("the server broke off in the middle of its answer", inner: broken);
        }
    }

    public async Task Send(McpCall notification, CancellationToken cancel)
    {
        using var response = await Post(notification, notification.Json, cancel);
    }

    public void Begun(string version)
    {
        _version = version;
        if (_session is not null)
            _listening = Listen();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _listening;
        _end.Dispose();
    }

    private async Task<HttpResponseMessage> Post(McpCall? call, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        using var message = Message(HttpMethod.Post, "application/json, text/event-stream");
        message.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = _json } };
        if (call?.StatelessVersion is { } version)
        {
            message.Headers.Remove("MCP-Protocol-Version");
            message.Headers.TryAddWithoutValidation("MCP-Protocol-Version", version);
            message.Headers.TryAddWithoutValidation("Mcp-Method", call.Method);
            if (call.Name is { } name)
                message.Headers.TryAddWithoutValidation("Mcp-Name", HeaderValue(name));
        }

        var response = await Open(message, cancel);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await Refused(response, cancel);
    }

    private async Task<HttpResponseMessage> Open(HttpRequestMessage message, CancellationToken cancel)
    {
        try
        {
            return await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        catch (HttpRequestException unreachable)
        {
            throw new McpException($"{url.Host} cannot be reached: {Reason(unreachable)}", inner: unreachable) { IsBroken = true };
        }
    }

    private async Task<McpException> Refused(HttpResponseMessage response, CancellationToken cancel)
    {
        var status = (int)response.StatusCode;
        // A session that the server forgot: the next connection shakes hands anew.
        if (response.StatusCode == HttpStatusCode.NotFound && _session is not null)
            return new McpException("the server has forgotten the session") { IsBroken = true, Status = status };
        try
        {
            _ = McpAnswer.Result(McpAnswer.Parse(await Whole(response, cancel)));
        }
        catch (McpException error) when (error.Code is not null)
        {
            return new McpException(error.Message, error.Code) { Status = status };
        }
        catch (Exception other) when (other is McpException or IOException or HttpRequestException)
        {
            // The status says enough.
        }

        return new McpException(status is 401 or 403 ? $"the server wants a credential (HTTP {status})" : $"the server answered with HTTP {status}") { Status = status };
    }

    private HttpRequestMessage Message(HttpMethod method, string accept)
    {
        var message = new HttpRequestMessage(method, url);
        message.Headers.TryAddWithoutValidation("Accept", accept);
        message.Headers.TryAddWithoutValidation("User-Agent", "fangd");
        if (_session is { } session)
            message.Headers.TryAddWithoutValidation("Mcp-Session-Id", session);
        if (_version is { } version)
            message.Headers.TryAddWithoutValidation("MCP-Protocol-Version", version);
        foreach (var (name, value) in headers())
            message.Headers.TryAddWithoutValidation(name, value);
        return message;
    }

    private async Task<JsonElement> FromStream(HttpResponseMessage response, long id, CancellationToken cancel)
    {
        await foreach (var message in Messages(response, cancel))
        {
            if (McpAnswer.IdOf(message) == id)
                return message;
            await Hear(message, cancel);
        }

        throw new McpException("the server ended its stream without an answer");
    }

    /// <summary>What the server says by itself. Not all servers have such a stream, and one that ends is not opened again: lists are looked at anew when asked for.</summary>
    private async Task Listen()
    {
        try
        {
            using var message = Message(HttpMethod.Get, "text/event-stream");
            using var response = await Open(message, _end.Token);
            if (!response.IsSuccessStatusCode || response.Content.Headers.ContentType?.MediaType != "text/event-stream")
                return;
            await foreach (var said in Messages(response, _end.Token))
                await Hear(said, _end.Token);
        }
        catch (Exception ended) when (ended is OperationCanceledException or McpException or IOException or HttpRequestException)
        {
            // The connection's health is found out by requests.
        }
    }

    private async Task Hear(JsonElement message, CancellationToken cancel)
    {
        if (Heard?.Invoke(message) is not { } answer)
            return;
        using var response = await Post(null, answer, cancel);
    }

    private static async IAsyncEnumerable<JsonElement> Messages(HttpResponseMessage response, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        using var parser = new SseParser(MaxAnswer);
        await using var body = await response.Content.ReadAsStreamAsync(cancel);
        var buffer = new byte[8192];
        int count;
        while ((count = await body.ReadAsync(buffer, cancel)) > 0)
        {
            foreach (var message in Parse(parser, buffer.AsSpan(0, count)))
                yield return message;
        }
    }

    private static List<JsonElement> Parse(SseParser parser, ReadOnlySpan<byte> bytes)
    {
        var messages = new List<JsonElement>();
        try
        {
            while (parser.TryRead(ref bytes, out var happened))
            {
                if (happened.Data.Length > 0)
                    messages.Add(McpAnswer.Parse(happened.Data));
            }
        }
        catch (SseException tooLong)
        {
            throw new McpException("the server sent an event that is too long", inner: tooLong);
        }

        return messages;
    }

    private static async Task<ReadOnlyMemory<byte>> Whole(HttpResponseMessage response, CancellationToken cancel)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancel);
        using var whole = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await body.ReadAsync(buffer, cancel)) > 0)
        {
            whole.Write(buffer, 0, count);
            if (whole.Length > MaxAnswer)
                throw new McpException($"the server sent an answer of more than {MaxAnswer / 1024 / 1024} MiB");
        }

        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    /// <summary>A value that a header cannot hold goes as base64 (2026-07-28).</summary>
    private static string HeaderValue(string value) =>
        value.Length > 0 && value.All(symbol => symbol is > ' ' and < '\x7f') ? value : $"=?base64?{Convert.ToBase64String(Encoding.UTF8.GetBytes(value))}?=";

    private static string Reason(HttpRequestException failure) => failure.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "there is no such host",
        HttpRequestError.SecureConnectionError => "its certificate was not accepted",
        HttpRequestError.ConnectionError => "nothing accepts connections there",
        _ => failure.Message,
    };
}

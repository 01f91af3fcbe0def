using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>
/// A server over streamable HTTP: each message is a POST, answered with JSON or with a stream of events that ends with the answer. Headers, the
/// credential among them, are what <paramref name="headers"/> gives for each request.
/// </summary>
public sealed class HttpTransport(HttpClient http, Uri url, Func<IEnumerable<KeyValuePair<string, string>>> headers, TimeProvider time) : IMcpTransport
{
    /// <summary>Most bytes of one message.</summary>
    internal const int MaxAnswer = 8 * 1024 * 1024;

    /// <summary>Most bytes of a refusal that are looked at for its reason.</summary>
    private const int MaxRefusal = 64 * 1024;

    /// <summary>How often one answer may be asked on for; the time of its call ends it earlier as a rule.</summary>
    private const int MostResumptions = 1000;

    /// <summary>How often in a row the stream of the server's own messages is opened in vain.</summary>
    private const int MostListening = 10;

    private static readonly MediaTypeHeaderValue _json = new("application/json");

    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource<string> _closed = new();
    private volatile string? _session;
    private volatile string? _version;
    private Task _listening = Task.CompletedTask;

    public Func<JsonElement, Task<byte[]?>?>? Heard { get; set; }

    public Task<string> Closed => _closed.Task;

    public async Task<JsonElement> Request(McpCall call, CancellationToken cancel)
    {
        using var response = await Post(call, call.Json, cancel);
        if (response.Headers.TryGetValues("Mcp-Session-Id", out var ids))
            _session = ids.First();
        try
        {
            if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
                return McpAnswer.Result(await FromStream(response, call, cancel));
            return McpAnswer.Result(McpAnswer.Parse(await Whole(response, MaxAnswer, cancel)));
        }
        catch (Exception broken) when (broken is IOException or InvalidDataException or HttpRequestException)
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
        if (call is not null)
        {
            // Only 2026-07-28 demands them, but whether a server knows it is not known before the first answer.
            message.Headers.TryAddWithoutValidation("Mcp-Method", call.Method);
            if (call.Name is { } name)
                message.Headers.TryAddWithoutValidation("Mcp-Name", ParamHeaders.Encoded(name));
            foreach (var (header, value) in call.Headers)
                message.Headers.TryAddWithoutValidation(header, value);
        }

        if (call?.StatelessVersion is { } version)
        {
            message.Headers.Remove("MCP-Protocol-Version");
            message.Headers.TryAddWithoutValidation("MCP-Protocol-Version", version);
        }

        var response = await Open(message, cancel);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await Refused(response, _session is not null, cancel);
    }

    private Task<HttpResponseMessage> Open(HttpRequestMessage message, CancellationToken cancel) => Open(http, message, cancel);

    internal static async Task<HttpResponseMessage> Open(HttpClient http, HttpRequestMessage message, CancellationToken cancel)
    {
        try
        {
            return await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        catch (HttpRequestException unreachable)
        {
            throw new McpException($"{message.RequestUri!.Host} cannot be reached: {Reason(unreachable)}", inner: unreachable) { IsBroken = true };
        }
    }

    internal static async Task<McpException> Refused(HttpResponseMessage response, bool hasSession, CancellationToken cancel)
    {
        var status = (int)response.StatusCode;
        // A session that the server forgot: the next connection shakes hands anew.
        if (response.StatusCode == HttpStatusCode.NotFound && hasSession)
            return new McpException("the server has forgotten the session") { IsBroken = true, Status = status };
        try
        {
            _ = McpAnswer.Result(McpAnswer.Parse(await Whole(response, MaxRefusal, cancel)));
        }
        catch (McpException error) when (error.Code is not null)
        {
            return new McpException(error.Message, error.Code) { Status = status };
        }
        catch (Exception other) when (other is McpException or IOException or InvalidDataException or HttpRequestException)
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

    /// <summary>
    /// Reads on until the answer is there. A server with sessions may end a stream early and have it asked on for, from the last event on
    /// (2025-11-25, "Resumability and Redelivery"); without sessions there is no such thing.
    /// </summary>
    private async Task<JsonElement> FromStream(HttpResponseMessage first, McpCall call, CancellationToken cancel)
    {
        var (response, events) = (first, new EventBody(MaxAnswer));
        for (var resumed = 0; ; resumed++)
        {
            try
            {
                await foreach (var happened in events.Read(response, cancel))
                {
                    var message = McpAnswer.Parse(happened.Data);
                    if (McpAnswer.IdOf(message) == call.Id)
                        return message;
                    await Hear(message, cancel);
                }
            }
            catch (Exception broken) when (broken is IOException or InvalidDataException or HttpRequestException && events.LastEventId.Length > 0)
            {
                // As good as an end.
            }
            finally
            {
                // The first is the caller's.
                if (resumed > 0)
                    response.Dispose();
            }

            if (events.LastEventId.Length == 0 || call.StatelessVersion is not null || resumed == MostResumptions)
                throw new McpException("the server ended its stream without an answer");
            await Task.Delay(events.Pause, time, cancel);
            response = await OpenStream(events.LastEventId, cancel);
        }
    }

    private async Task<HttpResponseMessage> OpenStream(string lastEventId, CancellationToken cancel)
    {
        using var message = Message(HttpMethod.Get, "text/event-stream");
        if (lastEventId.Length > 0)
            message.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        var response = await Open(message, cancel);
        if (response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == "text/event-stream")
            return response;
        using (response)
            throw await Refused(response, _session is not null, cancel);
    }

    /// <summary>What the server says by itself. Not all servers have such a stream; one that ends is opened again, from where it ended.</summary>
    private async Task Listen()
    {
        var events = new EventBody(MaxAnswer);
        try
        {
            for (var failures = 0; failures < MostListening; failures++)
            {
                using (var response = await OpenStream(events.LastEventId, _end.Token))
                {
                    try
                    {
                        await foreach (var happened in events.Read(response, _end.Token))
                        {
                            failures = 0;
                            await Hear(McpAnswer.Parse(happened.Data), _end.Token);
                        }
                    }
                    catch (Exception broken) when (broken is IOException or InvalidDataException or HttpRequestException)
                    {
                        // As good as an end.
                    }
                }

                await Task.Delay(events.Pause, time, _end.Token);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or McpException)
        {
            // The connection's health is found out by requests.
        }
    }

    private async Task Hear(JsonElement message, CancellationToken cancel)
    {
        if (Heard?.Invoke(message) is not { } asked || await asked is not { } answer)
            return;
        using var response = await Post(null, answer, cancel);
    }

    private static async Task<ReadOnlyMemory<byte>> Whole(HttpResponseMessage response, int most, CancellationToken cancel)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancel);
        using var whole = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await body.ReadAsync(buffer, cancel)) > 0)
        {
            whole.Write(buffer, 0, count);
            if (whole.Length > most)
                throw new McpException($"the server sent an answer of more than {most / 1024 / 1024} MiB");
        }

        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    private static string Reason(HttpRequestException failure) => failure.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "there is no such host",
        HttpRequestError.SecureConnectionError => "its certificate was not accepted",
        HttpRequestError.ConnectionError => "nothing accepts connections there",
        _ => failure.Message,
    };
}

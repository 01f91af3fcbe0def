using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>
/// A server over HTTP as of 2024-11-05: one stream of events carries all that it says; its first event names the address to which each message of
/// ours is posted. That address must be the server's own: another one would get the credential. A stream that ends is the connection's end.
/// </summary>
public sealed class SseTransport : IMcpTransport
{
    private static readonly MediaTypeHeaderValue _json = new("application/json");

    private readonly HttpClient _http;
    private readonly Uri _url;
    private readonly Func<IEnumerable<KeyValuePair<string, string>>> _headers;
    private readonly PendingCalls _calls = new();
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource<Uri> _endpoint = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _version;
    private Task _reading = Task.CompletedTask;

    private SseTransport(HttpClient http, Uri url, Func<IEnumerable<KeyValuePair<string, string>>> headers) => (_http, _url, _headers) = (http, url, headers);

    public Func<JsonElement, Task<byte[]?>?>? Heard { get; set; }

    public Task<string> Closed => _calls.Closed;

    /// <summary>Opens the stream and waits until the server has named the address for messages. Throws <see cref="McpException"/>.</summary>
    public static async Task<SseTransport> Open(HttpClient http, Uri url, Func<IEnumerable<KeyValuePair<string, string>>> headers, CancellationToken cancel)
    {
        var transport = new SseTransport(http, url, headers);
        try
        {
            using var message = transport.Message(HttpMethod.Get, url, "text/event-stream");
            var response = await HttpTransport.Open(http, message, cancel);
            if (!response.IsSuccessStatusCode)
            {
                using (response)
                    throw await HttpTransport.Refused(response, false, cancel);
            }

            transport._reading = transport.Read(response);
            await transport._endpoint.Task.WaitAsync(cancel);
            return transport;
        }
        catch
        {
            await transport.DisposeAsync();
            throw;
        }
    }

    public Task<JsonElement> Request(McpCall call, CancellationToken cancel) => _calls.Ask(call, Post, cancel);

    public Task Send(McpCall notification, CancellationToken cancel) => Post(notification.Json, cancel);

    public void Begun(string version) => _version = version;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading;
        _end.Dispose();
        // Nobody may be left to look at it.
        _ = _endpoint.Task.Exception;
    }

    private async Task Post(ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        using var message = Message(HttpMethod.Post, await _endpoint.Task, "application/json");
        message.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = _json } };
        using var response = await HttpTransport.Open(_http, message, cancel);
        if (!response.IsSuccessStatusCode)
            throw await HttpTransport.Refused(response, true, cancel);
    }

    private async Task Read(HttpResponseMessage response)
    {
        var reason = "it ended its stream";
        using (response)
        {
            try
            {
                if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
                    throw new McpException("what it sends is no stream of events");
                await foreach (var happened in new EventBody(HttpTransport.MaxAnswer).Read(response, _end.Token))
                    Take(happened);
            }
            catch (OperationCanceledException)
            {
                reason = "it was closed";
            }
            catch (McpException wrong)
            {
                reason = wrong.Message;
            }
            catch (Exception broken) when (broken is IOException or InvalidDataException or HttpRequestException)
            {
                reason = "its stream broke off";
            }
        }

        _endpoint.TrySetException(new McpException($"the server named no address for messages: {reason}"));
        _calls.Close(reason);
    }

    private void Take(ServerEvent happened)
    {
        if (happened.Type == "endpoint")
            _endpoint.TrySetResult(Endpoint(Encoding.UTF8.GetString(happened.Data)));
        else if (happened.Type is "" or "message")
            _calls.Take(McpAnswer.Parse(happened.Data), Heard, Post, _end.Token);
    }

    private Uri Endpoint(string named) =>
        Uri.TryCreate(_url, named.Trim(), out var endpoint) && endpoint.Scheme == _url.Scheme && endpoint.Authority == _url.Authority
            ? endpoint
            : throw new McpException("the address for messages that it named is on another host");

    private HttpRequestMessage Message(HttpMethod method, Uri url, string accept)
    {
        var message = new HttpRequestMessage(method, url);
        message.Headers.TryAddWithoutValidation("Accept", accept);
        message.Headers.TryAddWithoutValidation("User-Agent", "fangd");
        if (_version is { } version)
            message.Headers.TryAddWithoutValidation("MCP-Protocol-Version", version);
        foreach (var (name, value) in _headers())
            message.Headers.TryAddWithoutValidation(name, value);
        return message;
    }
}

using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Fangd.Cli.Output;

namespace Fangd.Cli.Api;

/// <summary>
/// The HTTP API as commands use it. What goes wrong is a <see cref="CommandException"/> with the exit code and the next step.
/// </summary>
internal sealed class DaemonClient : IDisposable
{
    private static readonly MediaTypeHeaderValue JsonType = new("application/json");

    private readonly DaemonAddress address;
    private readonly TimeProvider time;
    private readonly HttpClient http;

    public DaemonClient(DaemonAddress address, TimeProvider time)
    {
        this.address = address;
        this.time = time;
        var handler = new SocketsHttpHandler
        {
            // A key must not follow a redirect, and HTTP_PROXY is not meant for this machine.
            AllowAutoRedirect = false,
            UseProxy = !address.IsLoopback,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
        };
        http = new HttpClient(handler) { BaseAddress = address.Url, Timeout = Timeout.InfiniteTimeSpan };
        if (address.Key is { } key)
            http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + key);
    }

    public DaemonAddress Address => address;

    public Task<ApiAnswer> Get(string path, CancellationToken aborted) => Send(HttpMethod.Get, path, null, TimeSpan.FromSeconds(30), aborted);

    public Task<ApiAnswer> Get(string path, TimeSpan patience, CancellationToken aborted) => Send(HttpMethod.Get, path, null, patience, aborted);

    public Task<ApiAnswer> Post(string path, Action<Utf8JsonWriter>? body, CancellationToken aborted) =>
        Send(HttpMethod.Post, path, body, TimeSpan.FromSeconds(30), aborted);

    public Task<ApiAnswer> Delete(string path, CancellationToken aborted) => Send(HttpMethod.Delete, path, null, TimeSpan.FromSeconds(30), aborted);

    /// <summary>Sends one request and reads the whole answer. <see cref="Timeout.InfiniteTimeSpan"/> waits as long as it takes.</summary>
    public async Task<ApiAnswer> Send(HttpMethod method, string path, Action<Utf8JsonWriter>? body, TimeSpan patience, CancellationToken aborted)
    {
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, aborted);
        try
        {
            using var response = await Exchange(method, path, body, HttpCompletionOption.ResponseContentRead, either.Token);
            return await Read(response, either.Token);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            throw new CommandException(ExitCode.Unreachable, $"fangd at {address.Shown} did not answer within {patience.TotalSeconds:0.#} s", "its log may say why; see also: fangd doctor");
        }
    }

    /// <summary>Sends a message and returns when the answer begins; the caller reads the stream of events and disposes it.</summary>
    public async Task<HttpResponseMessage> OpenStream(string path, Action<Utf8JsonWriter> body, CancellationToken aborted)
    {
        var response = await Exchange(HttpMethod.Post, path, body, HttpCompletionOption.ResponseHeadersRead, aborted);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw ApiFailure.Of(response, await response.Content.ReadAsByteArrayAsync(aborted), address);
    }

    /// <summary>Sends a request as it is and returns when the answer begins, whatever its status; the caller disposes both.</summary>
    public async Task<HttpResponseMessage> Open(HttpRequestMessage request, CancellationToken aborted)
    {
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, aborted);
        }
        catch (HttpRequestException failure)
        {
            throw Unreachable(failure);
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> Exchange(HttpMethod method, string path, Action<Utf8JsonWriter>? body, HttpCompletionOption completion, CancellationToken aborted)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new ReadOnlyMemoryContent(JsonText.Of(body)) { Headers = { ContentType = JsonType } };
        else if (method != HttpMethod.Get)
            request.Content = new ByteArrayContent([]) { Headers = { ContentType = JsonType } };
        try
        {
            return await http.SendAsync(request, completion, aborted);
        }
        catch (HttpRequestException failure)
        {
            throw Unreachable(failure);
        }
    }

    private async Task<ApiAnswer> Read(HttpResponseMessage response, CancellationToken aborted)
    {
        var body = await response.Content.ReadAsByteArrayAsync(aborted);
        if (!response.IsSuccessStatusCode)
            throw ApiFailure.Of(response, body, address);
        try
        {
            return new ApiAnswer(body, response.Headers.Date);
        }
        catch (JsonException)
        {
            throw new CommandException(ExitCode.Failed, $"what answers at {address.Shown} is not fangd", "say where fangd is with --url, or see: fangd doctor");
        }
    }

    private CommandException Unreachable(HttpRequestException failure)
    {
        if (failure.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused } && address.IsLoopback)
            return new CommandException(ExitCode.Unreachable, $"fangd is not running at {address.Shown}", "start it with: fangd start");
        var reason = failure.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "there is no such host",
            HttpRequestError.SecureConnectionError => "its certificate or TLS version was not accepted",
            HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded or HttpRequestError.HttpProtocolError => "the answer was not HTTP or broke off",
            _ when failure.InnerException is SocketException socket => Describe(socket.SocketErrorCode),
            _ => "the connection failed",
        };
        return new CommandException(ExitCode.Unreachable, $"cannot reach fangd at {address.Shown}: {reason}", "check the address (--url, FANGD_URL) and that fangd listens there");
    }

    // The binary carries no texts of the system's errors, so the usual ones are named here.
    private static string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "nothing listens there",
        SocketError.TimedOut => "it does not answer",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "there is no way to that host",
        SocketError.ConnectionReset => "the connection was cut",
        _ => error.ToString(),
    };
}

namespace Fangd.Protocols.Llm;

/// <summary>Requests to providers of every family, and their failures in our words.</summary>
internal static class LlmTransport
{
    private const int MaxErrorBody = 64 * 1024;

    /// <summary>A request without a credential; <paramref name="version"/> is the part of the path that is put in where the base names none.</summary>
    public static HttpRequestMessage Message(HttpMethod method, LlmTarget target, string path, string version = "v1")
    {
        Uri url;
        try
        {
            url = EndpointUrl.For(target.BaseUrl, path, version);
        }
        catch (FormatException wrong)
        {
            throw new LlmException(LlmFault.BadRequest, $"{target.Provider}: {wrong.Message}", inner: wrong);
        }

        var message = new HttpRequestMessage(method, url);
        message.Headers.TryAddWithoutValidation("Accept", "text/event-stream, application/json");
        message.Headers.TryAddWithoutValidation("User-Agent", "fangd");
        return message;
    }

    /// <summary>The key as it may stand in a header; null where there is none. Throws for one that could break the header.</summary>
    public static string? Key(LlmTarget target)
    {
        if (string.IsNullOrWhiteSpace(target.ApiKey)) return null;
        var key = target.ApiKey.Trim();
        return key.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? throw new LlmException(LlmFault.Auth, $"the API key for {target.Provider} holds characters that no key can have")
            : key;
    }

    /// <summary>Sends and waits for the status line and headers.</summary>
    public static async Task<HttpResponseMessage> Send(HttpClient http, HttpRequestMessage message, LlmTarget target, LlmWatch watch, CancellationToken run)
    {
        try
        {
            return await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, watch.Token);
        }
        catch (OperationCanceledException) when (watch.IsExpired)
        {
            throw new LlmException(LlmFault.Timeout, $"{target.Provider} gave no answer within {Math.Ceiling(target.FirstByteTimeout.TotalSeconds)} s");
        }
        catch (OperationCanceledException late)
        {
            run.ThrowIfCancellationRequested();
            throw new LlmException(LlmFault.Unreachable, $"{target.Provider} did not accept a connection in time", inner: late);
        }
        catch (HttpRequestException broken)
        {
            run.ThrowIfCancellationRequested();
            throw broken.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError => Unreachable("the name of its host was not found"),
                HttpRequestError.ConnectionError => Unreachable("nothing accepts connections at its address"),
                HttpRequestError.SecureConnectionError => Unreachable("no secure connection could be made"),
                HttpRequestError.ProxyTunnelError => Unreachable("the proxy refused the connection"),
                HttpRequestError.InvalidResponse => new LlmException(LlmFault.Garbage, $"{target.Provider} answered with something that is not HTTP", inner: broken),
                _ => Unreachable("the connection closed before an answer came"),
            };

            LlmException Unreachable(string why) => new(LlmFault.Unreachable, $"{target.Provider} cannot be reached: {why}", inner: broken);
        }
    }

    /// <summary>Reads what a refused call says, at most 64 KiB of it; a body that breaks off is read as far as it came.</summary>
    public static async Task<LlmError> ReadError(HttpResponseMessage response, LlmWatch watch, CancellationToken run)
    {
        using var body = new PooledBytes(4096);
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(watch.Token);
            int count;
            while (body.Length < MaxErrorBody && (count = await stream.ReadAsync(body.GetMemory(4096), watch.Token)) > 0) body.Advance(count);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or OperationCanceledException)
        {
            run.ThrowIfCancellationRequested();
        }

        return LlmError.Read(body.Memory);
    }

    public static LlmException Refused(HttpResponseMessage response, LlmError error, LlmTarget target, TimeProvider time)
    {
        var status = (int)response.StatusCode;
        return status is >= 300 and < 400
            ? new LlmException(LlmFault.BadRequest, $"{target.Provider} has moved (HTTP {status}) and redirects are not followed; set its base URL to the new address")
            : error.ToException(target, status, LlmErrors.RetryAfter(response.Headers, time));
    }
}

namespace Fangd.Protocols.Llm.OpenAi;

/// <summary>Requests to servers of this family, and their failures in our words.</summary>
internal static class OpenAiHttp
{
    private const int MaxErrorBody = 64 * 1024;

    public static HttpRequestMessage Message(HttpMethod method, LlmTarget target, string path)
    {
        Uri url;
        try
        {
            url = EndpointUrl.For(target.BaseUrl, path);
        }
        catch (FormatException wrong)
        {
            throw new LlmException(LlmFault.BadRequest, $"{target.Provider}: {wrong.Message}", inner: wrong);
        }

        var message = new HttpRequestMessage(method, url);
        message.Headers.TryAddWithoutValidation("Accept", "text/event-stream, application/json");
        message.Headers.TryAddWithoutValidation("User-Agent", "fangd");
        if (!string.IsNullOrWhiteSpace(target.ApiKey))
        {
            var key = target.ApiKey.AsSpan().Trim();
            if (key.ContainsAnyExceptInRange('!', '~'))
                throw new LlmException(LlmFault.Auth, $"the API key for {target.Provider} holds characters that no key can have");
            message.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        }

        return message;
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
    public static async Task<OpenAiError> ReadError(HttpResponseMessage response, LlmWatch watch, CancellationToken run)
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

        return OpenAiError.Read(body.Memory);
    }

    public static LlmException Refused(HttpResponseMessage response, OpenAiError error, LlmTarget target, TimeProvider time)
    {
        var status = (int)response.StatusCode;
        return status is >= 300 and < 400
            ? new LlmException(LlmFault.BadRequest, $"{target.Provider} has moved (HTTP {status}) and redirects are not followed; set its base URL to the new address")
            : error.ToException(target, status, LlmErrors.RetryAfter(response.Headers, time));
    }
}

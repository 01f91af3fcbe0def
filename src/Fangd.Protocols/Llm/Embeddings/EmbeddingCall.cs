using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Llm.Embeddings;

/// <summary>One request for vectors, from its JSON to the vectors in the answer; what all families share.</summary>
internal static class EmbeddingCall
{
    private const int MaxAnswer = 64 * 1024 * 1024;
    private const int MaxDimensions = 65_536;

    /// <summary>Posts a body; <paramref name="read"/> finds the vectors in the answer.</summary>
    public static async Task<IReadOnlyList<float[]>> Post(
        HttpClient http, TimeProvider time, LlmTarget target, EmbeddingRequest request, Func<JsonElement, IReadOnlyList<float[]>> read, CancellationToken run)
    {
        using var watch = new LlmWatch(target.FirstByteTimeout, time, run);
        using var body = new PooledBytes(16 * 1024);
        try
        {
            using var message = Message(target, request);
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, watch.Token);
            await Read(response, body, target, watch.Token);
            if (!response.IsSuccessStatusCode)
                throw Refused(response, body, target, time);
            using var document = JsonDocument.Parse(body.Memory);
            var vectors = read(document.RootElement);
            return vectors.Count == request.Texts
                ? vectors
                : throw new LlmException(LlmFault.Garbage, $"{target.Provider} sent {vectors.Count} vectors for {request.Texts} texts");
        }
        catch (OperationCanceledException) when (watch.IsExpired)
        {
            throw new LlmException(LlmFault.Timeout, $"{target.Provider} sent no vectors within {Math.Ceiling(target.FirstByteTimeout.TotalSeconds)} s");
        }
        catch (OperationCanceledException late)
        {
            run.ThrowIfCancellationRequested();
            throw new LlmException(LlmFault.Unreachable, $"{target.Provider} did not accept a connection in time", inner: late);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            run.ThrowIfCancellationRequested();
            throw new LlmException(LlmFault.Unreachable, $"{target.Provider} cannot be reached or broke the connection", inner: broken);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new LlmException(LlmFault.Garbage, $"{target.Provider} sent something that is no list of vectors", inner: broken);
        }
    }

    /// <summary>An array of numbers.</summary>
    public static float[] Vector(JsonElement numbers)
    {
        var length = numbers.GetArrayLength();
        if (length is 0 or > MaxDimensions)
            throw new FormatException("a vector of no or too many numbers");
        var vector = new float[length];
        var i = 0;
        foreach (var number in numbers.EnumerateArray())
            vector[i++] = number.GetSingle();
        return vector;
    }

    private static HttpRequestMessage Message(LlmTarget target, EmbeddingRequest request)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, request.Url);
        message.Headers.TryAddWithoutValidation("User-Agent", "fangd");
        if (target.ApiKey?.Trim() is { Length: > 0 } key)
        {
            if (key.AsSpan().ContainsAnyExceptInRange('!', '~'))
                throw new LlmException(LlmFault.Auth, $"the API key for {target.Provider} holds characters that no key can have");
            message.Headers.TryAddWithoutValidation(request.KeyHeader, request.KeyHeader == "Authorization" ? $"Bearer {key}" : key);
        }

        message.Content = new ByteArrayContent(request.Body);
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return message;
    }

    private static async Task Read(HttpResponseMessage response, PooledBytes body, LlmTarget target, CancellationToken run)
    {
        var stream = await response.Content.ReadAsStreamAsync(run);
        int count;
        while ((count = await stream.ReadAsync(body.GetMemory(16 * 1024), run)) > 0)
        {
            body.Advance(count);
            if (body.Length > MaxAnswer)
                throw new LlmException(LlmFault.Garbage, $"{target.Provider} sent an answer that is too large");
        }
    }

    private static LlmException Refused(HttpResponseMessage response, PooledBytes body, LlmTarget target, TimeProvider time)
    {
        var status = (int)response.StatusCode;
        var text = Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, 4096)]);
        var isJson = text.AsSpan().TrimStart().StartsWith("{") || text.AsSpan().TrimStart().StartsWith("[");
        var fault = LlmErrors.Classify(status, LlmErrors.IsMarkup(text) ? "" : text, isJson);
        return new LlmException(fault, LlmErrors.Describe(target, fault, status, LlmErrors.Quote(text, target.ApiKey)), LlmErrors.RetryAfter(response.Headers, time));
    }
}

/// <summary>A body ready to be sent, for how many texts it is, and the header that the key goes in.</summary>
internal sealed record EmbeddingRequest(Uri Url, byte[] Body, int Texts, string KeyHeader = "Authorization")
{
    public static EmbeddingRequest Write(string url, int texts, Action<Utf8JsonWriter> write, string keyHeader = "Authorization")
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new LlmException(LlmFault.BadRequest, "the base URL is not an absolute http or https URL");
        using var body = new PooledBytes(4096);
        using (var json = new Utf8JsonWriter(body))
            write(json);
        return new EmbeddingRequest(address, body.Span.ToArray(), texts, keyHeader);
    }
}

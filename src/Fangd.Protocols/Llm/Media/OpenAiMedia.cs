using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Fangd.Protocols.Llm.Media;

/// <summary>
/// Speech and pictures as OpenAI defined their endpoints and most hosted and local servers speak them: <c>/audio/transcriptions</c>,
/// <c>/audio/speech</c>, <c>/images/generations</c>. Stateless; every failure but cancellation is an <see cref="LlmException"/>.
/// </summary>
public sealed class OpenAiMedia(HttpClient http, TimeProvider time)
{
    private const int MaxAnswer = 64 * 1024 * 1024;

    /// <summary>What is said in a recording; <paramref name="language"/> is an ISO 639-1 code or null.</summary>
    public async Task<MediaAnswer<string>> Transcribe(LlmTarget target, string model, MediaFile recording, string? language, CancellationToken run)
    {
        using var form = new MultipartFormDataContent();
        var file = new ReadOnlyMemoryContent(recording.Bytes);
        file.Headers.ContentType = new MediaTypeHeaderValue(recording.ContentType);
        form.Add(file, "file", recording.Name);
        form.Add(new StringContent(model), "model");
        form.Add(new StringContent("json"), "response_format");
        if (language is not null)
            form.Add(new StringContent(language), "language");
        using var answer = await Post(target, "audio/transcriptions", form, run);
        return Read(target, answer, root => new MediaAnswer<string>(root.GetProperty("text").GetString()!, Usage(root)));
    }

    /// <summary>The text as sound in the format: mp3, opus, aac, flac, wav or pcm.</summary>
    public async Task<MediaAnswer<byte[]>> Speak(LlmTarget target, string model, string text, string voice, string format, CancellationToken run)
    {
        using var answer = await Post(target, "audio/speech", Json(json =>
        {
            json.WriteString("model", model);
            json.WriteString("input", text);
            json.WriteString("voice", voice);
            json.WriteString("response_format", format);
        }), run);
        return answer.Length > 0 && answer.Span[0] != (byte)'{'
            ? new MediaAnswer<byte[]>(answer.Span.ToArray(), null)
            : throw new LlmException(LlmFault.Garbage, $"{target.Provider} sent something that is no sound");
    }

    /// <summary>Pictures, each as the bytes of its file. Servers that answer with addresses instead of data are refused: nobody checked those.</summary>
    public async Task<MediaAnswer<IReadOnlyList<byte[]>>> Draw(LlmTarget target, string model, PictureWish wish, CancellationToken run)
    {
        using var answer = await Post(target, "images/generations", Json(json =>
        {
            json.WriteString("model", model);
            json.WriteString("prompt", wish.Prompt);
            json.WriteNumber("n", wish.Count);
            if (wish.Size is not null)
                json.WriteString("size", wish.Size);
            if (wish.Quality is not null)
                json.WriteString("quality", wish.Quality);
            // Newer models of OpenAI send data always and refuse to be asked for it.
            if (!model.StartsWith("gpt-image", StringComparison.Ordinal))
                json.WriteString("response_format", "b64_json");
        }), run);
        return Read(target, answer, root => new MediaAnswer<IReadOnlyList<byte[]>>(
            [.. root.GetProperty("data").EnumerateArray().Select(one => one.GetProperty("b64_json").GetBytesFromBase64())], Usage(root)));
    }

    private async Task<PooledBytes> Post(LlmTarget target, string path, HttpContent content, CancellationToken run)
    {
        using var watch = new LlmWatch(target.FirstByteTimeout, time, run);
        using var message = LlmTransport.Message(HttpMethod.Post, target, path);
        message.Content = content;
        if (LlmTransport.Key(target) is { } key)
            message.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        using var response = await LlmTransport.Send(http, message, target, watch, run);
        if (!response.IsSuccessStatusCode)
            throw LlmTransport.Refused(response, await LlmTransport.ReadError(response, watch, run), target, time);
        var body = new PooledBytes(64 * 1024);
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(watch.Token);
            int count;
            while ((count = await stream.ReadAsync(body.GetMemory(64 * 1024), watch.Token)) > 0)
            {
                watch.Wait(target.ChunkTimeout);
                body.Advance(count);
                if (body.Length > MaxAnswer)
                    throw new LlmException(LlmFault.Garbage, $"{target.Provider} sent more than {(MaxAnswer / 1024 / 1024).ToString(CultureInfo.InvariantCulture)} MiB");
            }

            return body;
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or OperationCanceledException)
        {
            body.Dispose();
            run.ThrowIfCancellationRequested();
            throw new LlmException(LlmFault.Interrupted, $"{target.Provider} broke off in the middle of its answer", inner: broken);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private static ByteArrayContent Json(Action<Utf8JsonWriter> write)
    {
        using var body = new PooledBytes(4096);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        var content = new ByteArrayContent(body.Span.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <summary>Newer models count tokens; others say how long a recording was, or nothing.</summary>
    private static LlmUsage? Usage(JsonElement root) =>
        root.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object
        && usage.TryGetProperty("input_tokens", out var input) && input.TryGetInt32(out var read)
        && usage.TryGetProperty("output_tokens", out var output) && output.TryGetInt32(out var written)
            ? new LlmUsage(Math.Max(0, read), Math.Max(0, written))
            : null;

    private static T Read<T>(LlmTarget target, PooledBytes answer, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Memory);
            return read(document.RootElement);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new LlmException(LlmFault.Garbage, $"{target.Provider} sent something else than was asked for", inner: wrong);
        }
    }
}

/// <summary>What a model made, and the tokens that it took where the server counts them.</summary>
public sealed record MediaAnswer<T>(T Value, LlmUsage? Usage);

/// <summary>A file to be sent: its name tells servers the format.</summary>
public sealed record MediaFile(string Name, string ContentType, ReadOnlyMemory<byte> Bytes);

/// <summary>A picture to be made; <paramref name="Size"/> as <c>1024x1024</c>, <paramref name="Count"/> 1 to 4.</summary>
public sealed record PictureWish(string Prompt, string? Size, string? Quality, int Count);

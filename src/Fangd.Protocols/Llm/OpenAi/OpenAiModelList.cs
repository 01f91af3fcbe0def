using System.Text.Json;

namespace Fangd.Protocols.Llm.OpenAi;

/// <summary>A model that a server offers. <paramref name="ContextTokens"/> is null where the server does not tell.</summary>
public sealed record OpenAiModel(string Id, string? OwnedBy, int? ContextTokens);

/// <summary>Asks a server for its models (<c>GET …/models</c>).</summary>
public sealed class OpenAiModelList(HttpClient http, TimeProvider time)
{
    private const int MaxAnswer = 8 * 1024 * 1024;

    /// <summary>The models in the server's order. Throws <see cref="LlmException"/>; the whole call may take the target's first-byte time.</summary>
    public async Task<IReadOnlyList<OpenAiModel>> Read(LlmTarget target, CancellationToken run)
    {
        using var watch = new LlmWatch(target.FirstByteTimeout, time, run);
        using var message = OpenAiHttp.Message(HttpMethod.Get, target, "models");
        using var response = await LlmTransport.Send(http, message, target, watch, run);
        if (!response.IsSuccessStatusCode)
            throw LlmTransport.Refused(response, await LlmTransport.ReadError(response, watch, run), target, time);

        using var body = new PooledBytes(16 * 1024);
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(watch.Token);
            int count;
            while ((count = await stream.ReadAsync(body.GetMemory(4096), watch.Token)) > 0)
            {
                body.Advance(count);
                if (body.Length > MaxAnswer) throw new LlmException(LlmFault.Garbage, $"{target.Provider} sent a list of models that is too large");
            }

            using var document = JsonDocument.Parse(body.Memory);
            return Read(document.RootElement);
        }
        catch (OperationCanceledException) when (watch.IsExpired)
        {
            throw new LlmException(LlmFault.Timeout, $"{target.Provider} did not send its list of models in time");
        }
        catch (IOException broken)
        {
            throw new LlmException(LlmFault.Interrupted, $"the connection to {target.Provider} broke in the middle of its list of models", inner: broken);
        }
        catch (JsonException broken)
        {
            throw new LlmException(LlmFault.Garbage, $"{target.Provider} sent no list of models", inner: broken);
        }
    }

    private static List<OpenAiModel> Read(JsonElement root)
    {
        // Together sends the bare array.
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("data", out var data)) root = data;
        if (root.ValueKind == JsonValueKind.Null) return [];
        if (root.ValueKind != JsonValueKind.Array) throw new JsonException("no array of models");

        var models = new List<OpenAiModel>(root.GetArrayLength());
        foreach (var model in root.EnumerateArray())
        {
            if (model.ValueKind == JsonValueKind.Object && Text(model, "id") is { Length: > 0 } id)
                models.Add(new OpenAiModel(id, Text(model, "owned_by"), Count(model, "context_length") ?? Count(model, "max_model_len") ?? Count(model, "context_window")));
        }

        return models;
    }

    private static string? Text(JsonElement model, string name) =>
        model.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int? Count(JsonElement model, string name) =>
        model.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) ? count : null;
}

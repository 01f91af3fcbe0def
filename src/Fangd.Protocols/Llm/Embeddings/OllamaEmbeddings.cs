using System.Text.Json;

namespace Fangd.Protocols.Llm.Embeddings;

/// <summary><c>POST /api/embed</c> of Ollama, at the same base URL as its chat completions.</summary>
public sealed class OllamaEmbeddings(HttpClient http, TimeProvider time) : IEmbeddingClient
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<float[]>> Embed(string model, IReadOnlyList<string> texts, LlmTarget target, CancellationToken run)
    {
        var root = target.BaseUrl.Trim().TrimEnd('/');
        if (root.EndsWith("/v1", StringComparison.OrdinalIgnoreCase))
            root = root[..^3];
        var request = EmbeddingRequest.Write(root + "/api/embed", texts.Count, json =>
        {
            json.WriteStartObject();
            json.WriteString("model"u8, model);
            json.WriteStartArray("input"u8);
            foreach (var text in texts)
                json.WriteStringValue(text);
            json.WriteEndArray();
            json.WriteEndObject();
        });
        return EmbeddingCall.Post(http, time, target, request, Read, run);
    }

    private static List<float[]> Read(JsonElement root) =>
        [.. root.GetProperty("embeddings").EnumerateArray().Select(EmbeddingCall.Vector)];
}

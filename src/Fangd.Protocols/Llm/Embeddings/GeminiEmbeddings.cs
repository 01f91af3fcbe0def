using System.Text.Json;

namespace Fangd.Protocols.Llm.Embeddings;

/// <summary><c>POST …/models/MODEL:batchEmbedContents</c> of Google's Gemini.</summary>
public sealed class GeminiEmbeddings(HttpClient http, TimeProvider time) : IEmbeddingClient
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<float[]>> Embed(string model, IReadOnlyList<string> texts, LlmTarget target, CancellationToken run)
    {
        var name = model.StartsWith("models/", StringComparison.Ordinal) ? model : "models/" + model;
        var root = target.BaseUrl.Trim().TrimEnd('/');
        if (!root.Contains("/v1", StringComparison.OrdinalIgnoreCase))
            root += "/v1beta";
        var path = string.Join('/', name.Split('/').Select(Uri.EscapeDataString));
        var request = EmbeddingRequest.Write(
            $"{root}/{path}:batchEmbedContents",
            texts.Count,
            json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("requests"u8);
                foreach (var text in texts)
                {
                    json.WriteStartObject();
                    json.WriteString("model"u8, name);
                    json.WriteStartObject("content"u8);
                    json.WriteStartArray("parts"u8);
                    json.WriteStartObject();
                    json.WriteString("text"u8, text);
                    json.WriteEndObject();
                    json.WriteEndArray();
                    json.WriteEndObject();
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            },
            "x-goog-api-key");
        return EmbeddingCall.Post(http, time, target, request, Read, run);
    }

    private static List<float[]> Read(JsonElement root) =>
        [.. root.GetProperty("embeddings").EnumerateArray().Select(one => EmbeddingCall.Vector(one.GetProperty("values")))];
}

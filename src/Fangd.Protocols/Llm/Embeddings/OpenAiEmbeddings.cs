using System.Text.Json;

namespace Fangd.Protocols.Llm.Embeddings;

/// <summary><c>POST …/embeddings</c> as OpenAI defined it and most hosted and local servers speak it.</summary>
public sealed class OpenAiEmbeddings(HttpClient http, TimeProvider time) : IEmbeddingClient
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<float[]>> Embed(string model, IReadOnlyList<string> texts, LlmTarget target, CancellationToken run)
    {
        string url;
        try
        {
            url = EndpointUrl.For(target.BaseUrl, "embeddings").AbsoluteUri;
        }
        catch (FormatException wrong)
        {
            throw new LlmException(LlmFault.BadRequest, $"{target.Provider}: {wrong.Message}", inner: wrong);
        }

        var request = EmbeddingRequest.Write(url, texts.Count, json =>
        {
            json.WriteStartObject();
            json.WriteString("model"u8, model);
            json.WriteStartArray("input"u8);
            foreach (var text in texts)
                json.WriteStringValue(text);
            json.WriteEndArray();
            json.WriteString("encoding_format"u8, "float"u8);
            json.WriteEndObject();
        });
        return EmbeddingCall.Post(http, time, target, request, Read, run);
    }

    private static float[][] Read(JsonElement root)
    {
        var data = root.GetProperty("data");
        var vectors = new float[data.GetArrayLength()][];
        var place = 0;
        foreach (var one in data.EnumerateArray())
        {
            // The order is not promised; the index is.
            var index = one.TryGetProperty("index", out var told) && told.TryGetInt32(out var number) ? number : place;
            if ((uint)index >= (uint)vectors.Length || vectors[index] is not null)
                throw new FormatException("an index that is not of a text");
            vectors[index] = EmbeddingCall.Vector(one.GetProperty("embedding"));
            place++;
        }

        return vectors;
    }
}

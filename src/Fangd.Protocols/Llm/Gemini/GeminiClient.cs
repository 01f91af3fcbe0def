namespace Fangd.Protocols.Llm.Gemini;

/// <summary>
/// Google's generateContent API. Always streams. A base URL that names no version gets <c>v1beta</c>, the one with all fields. What a model
/// refuses of a request (JSON Schema, a thinking budget, …) is said otherwise or left out in a further attempt and remembered. The client must
/// come without an overall timeout (<see cref="LlmHttp.CreateClient"/>).
/// </summary>
public sealed class GeminiClient(HttpClient http, TimeProvider time) : ILlmClient
{
    private const string Version = "v1beta";

    private readonly LlmExchange exchange = new(http, time);
    private readonly GeminiDialects dialects = new();

    /// <inheritdoc/>
    public IAsyncEnumerable<LlmEvent> Stream(LlmRequest request, LlmTarget target, CancellationToken run) =>
        exchange.Stream(target, (watch, opening) => Open(request, target, watch, opening), run);

    private Task<LlmStream> Open(LlmRequest request, LlmTarget target, LlmWatch watch, CancellationToken run)
    {
        var dialect = dialects.For(target.BaseUrl, request.Model);
        return exchange.Open(target, Write, Learn, new GeminiAnswer(), watch, run);

        HttpRequestMessage Write()
        {
            var message = LlmTransport.Message(HttpMethod.Post, target, $"{PathOf(request.Model)}:streamGenerateContent?alt=sse", Version);
            // In a header: as part of the address the key would end up in logs.
            if (LlmTransport.Key(target) is { } key) message.Headers.TryAddWithoutValidation("x-goog-api-key", key);
            var body = new PooledBytes(4096);
            message.Content = new JsonRequestContent(body);
            GeminiRequestBody.Write(body, request, dialect);
            return message;
        }

        bool Learn(int status, string words)
        {
            var trait = GeminiDialects.Explain(status, words, dialect);
            if (trait == GeminiDialect.Plain) return false;
            dialects.Learn(target.BaseUrl, request.Model, trait);
            dialect |= trait;
            return true;
        }
    }

    // Full names ("models/x", "tunedModels/y") are taken as they are.
    private static string PathOf(string model) =>
        model.Contains('/', StringComparison.Ordinal) ? string.Join('/', model.Split('/').Select(Uri.EscapeDataString)) : $"models/{Uri.EscapeDataString(model)}";
}

namespace Fangd.Protocols.Llm.OpenAi;

/// <summary>
/// Chat completions as OpenAI defined them and Ollama, llama.cpp, vLLM, LM Studio and most hosted providers speak them. Always streams. What a
/// server refuses of the plain request (<c>stream_options</c>, <c>max_tokens</c> and the like) is left out or renamed in a second attempt and
/// remembered. The client must come without an overall timeout (<see cref="LlmHttp.CreateClient"/>).
/// </summary>
public sealed class OpenAiChatClient(HttpClient http, TimeProvider time) : ILlmClient
{
    private readonly LlmExchange exchange = new(http, time);
    private readonly OpenAiDialects dialects = new();

    /// <inheritdoc/>
    public IAsyncEnumerable<LlmEvent> Stream(LlmRequest request, LlmTarget target, CancellationToken run) =>
        exchange.Stream(target, (watch, opening) => Open(request, target, watch, opening), run);

    private Task<LlmStream> Open(LlmRequest request, LlmTarget target, LlmWatch watch, CancellationToken run)
    {
        var dialect = dialects.For(target.BaseUrl, request.Model);
        return exchange.Open(target, Write, Learn, new OpenAiChunkReader(), watch, run);

        HttpRequestMessage Write()
        {
            var message = OpenAiHttp.Message(HttpMethod.Post, target, "chat/completions");
            var body = new PooledBytes(4096);
            message.Content = new JsonRequestContent(body);
            OpenAiRequestBody.Write(body, request, dialect);
            return message;
        }

        bool Learn(int status, string words)
        {
            var trait = OpenAiDialects.Explain(status, words, dialect);
            if (trait == OpenAiDialect.Plain) return false;
            dialects.Learn(target.BaseUrl, request.Model, trait);
            dialect |= trait;
            return true;
        }
    }
}

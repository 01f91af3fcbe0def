using System.Runtime.CompilerServices;

namespace Fangd.Protocols.Llm.OpenAi;

/// <summary>
/// Chat completions as OpenAI defined them and Ollama, llama.cpp, vLLM, LM Studio and most hosted providers speak them. Always streams. What a
/// server refuses of the plain request (<c>stream_options</c>, <c>max_tokens</c> and the like) is left out or renamed in a second attempt and
/// remembered. The client must come without an overall timeout (<see cref="LlmHttp.CreateClient"/>).
/// </summary>
public sealed class OpenAiChatClient(HttpClient http, TimeProvider time) : ILlmClient
{
    private readonly OpenAiDialects dialects = new();
    private long lastId;

    /// <inheritdoc/>
    public async IAsyncEnumerable<LlmEvent> Stream(LlmRequest request, LlmTarget target, [EnumeratorCancellation] CancellationToken run)
    {
        using var watch = new LlmWatch(target.FirstByteTimeout, time, run);
        using var stream = await Open(request, target, watch, run);
        var batch = new List<LlmEvent>(8);
        while (await stream.Read(batch))
        {
            foreach (var happened in batch) yield return happened;
            batch.Clear();
        }
    }

    private async Task<OpenAiStream> Open(LlmRequest request, LlmTarget target, LlmWatch watch, CancellationToken run)
    {
        var dialect = dialects.For(target.BaseUrl, request.Model);
        while (true)
        {
            var body = new PooledBytes(4096);
            OpenAiRequestBody.Write(body, request, dialect);
            using var message = OpenAiHttp.Message(HttpMethod.Post, target, "chat/completions");
            message.Content = new JsonRequestContent(body);
            var response = await OpenAiHttp.Send(http, message, target, watch, run);
            try
            {
                if (response.IsSuccessStatusCode)
                {
                    var content = await response.Content.ReadAsStreamAsync(watch.Token);
                    var stream = new OpenAiStream(response, content, target, watch, NewCallId, run);
                    response = null;
                    return stream;
                }

                var error = await OpenAiHttp.ReadError(response, watch, run);
                var status = (int)response.StatusCode;
                var trait = OpenAiDialects.Explain(status, error.Words, dialect);
                if (trait == OpenAiDialect.Plain) throw OpenAiHttp.Refused(response, error, target, time);
                dialects.Learn(target.BaseUrl, request.Model, trait);
                dialect |= trait;
            }
            finally
            {
                response?.Dispose();
            }
        }
    }

    // Unique also across restarts, since old calls stay in the conversation.
    private string NewCallId() => $"call_{time.GetUtcNow().ToUnixTimeMilliseconds():x}{Interlocked.Increment(ref lastId):x4}";
}

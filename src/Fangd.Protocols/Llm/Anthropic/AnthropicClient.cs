using System.Runtime.CompilerServices;

namespace Fangd.Protocols.Llm.Anthropic;

/// <summary>
/// Anthropic's Messages API, as its own servers and compatible ones speak it. Always streams. The system prompt, the tools and the end of
/// the conversation are marked for the prompt cache. What a model refuses of a request (sampling, a budget for thinking, …) is left out or
/// said otherwise in a further attempt and remembered. The client must come without an overall timeout (<see cref="LlmHttp.CreateClient"/>).
/// </summary>
public sealed class AnthropicClient(HttpClient http, TimeProvider time) : ILlmClient
{
    // The older of the two versions: 2026-10-21 takes no sampling parameters, also from models that know them, and brings nothing we need.
    private const string Version = "2023-06-01";

    // A paused turn is gone on with so many times before what there is counts as the answer.
    private const int MaxPauses = 8;

    private readonly LlmExchange exchange = new(http, time);
    private readonly AnthropicDialects dialects = new();

    /// <inheritdoc/>
    public async IAsyncEnumerable<LlmEvent> Stream(LlmRequest request, LlmTarget target, [EnumeratorCancellation] CancellationToken run)
    {
        AnthropicAnswer? answer = null;
        var batch = new List<LlmEvent>(8);
        for (var pauses = 0; ; pauses++)
        {
            var said = answer?.Blocks ?? [];
            answer = new AnthropicAnswer(answer, mayPause: pauses < MaxPauses);
            using var watch = new LlmWatch(target.FirstByteTimeout, time, run);
            using var stream = await Open(request, said, answer, target, watch, run);
            while (await stream.Read(batch))
            {
                foreach (var happened in batch) yield return happened;
                batch.Clear();
            }

            if (!answer.IsPaused) yield break;
        }
    }

    private Task<LlmStream> Open(
        LlmRequest request, IReadOnlyList<AnthropicBlock> said, AnthropicAnswer answer, LlmTarget target, LlmWatch watch, CancellationToken run)
    {
        var dialect = dialects.For(target.BaseUrl, request.Model);
        return exchange.Open(target, Write, Learn, answer, watch, run);

        HttpRequestMessage Write()
        {
            var message = LlmTransport.Message(HttpMethod.Post, target, "messages");
            message.Headers.TryAddWithoutValidation("anthropic-version", Version);
            if (LlmTransport.Key(target) is { } key) message.Headers.TryAddWithoutValidation("x-api-key", key);
            var body = new PooledBytes(4096);
            message.Content = new JsonRequestContent(body);
            AnthropicRequestBody.Write(body, request, dialect, said);
            return message;
        }

        bool Learn(int status, string words)
        {
            var trait = AnthropicDialects.Explain(status, words, dialect);
            if (trait == AnthropicDialect.Plain) return false;
            dialects.Learn(target.BaseUrl, request.Model, trait);
            dialect |= trait;
            return true;
        }
    }
}

using System.Runtime.CompilerServices;

namespace Fangd.Protocols.Llm;

/// <summary>
/// Sends calls and opens their answers. What a server refuses of a request may be left out or renamed in further attempts, as long as each
/// refusal teaches something new.
/// </summary>
internal sealed class LlmExchange(HttpClient http, TimeProvider time)
{
    private long lastId;

    /// <summary>
    /// <paramref name="write"/> makes the request of each attempt; <paramref name="learn"/> is given the status and words of a refusal and
    /// says whether another attempt will be different.
    /// </summary>
    public async Task<LlmStream> Open(
        LlmTarget target, Func<HttpRequestMessage> write, Func<int, string, bool> learn, ILlmAnswer answer, LlmWatch watch, CancellationToken run)
    {
        while (true)
        {
            using var message = write();
            var response = await LlmTransport.Send(http, message, target, watch, run);
            try
            {
                if (response.IsSuccessStatusCode)
                {
                    var content = await response.Content.ReadAsStreamAsync(watch.Token);
                    var stream = new LlmStream(response, content, answer, target, watch, NewCallId, run);
                    response = null;
                    return stream;
                }

                var error = await LlmTransport.ReadError(response, watch, run);
                if (!learn((int)response.StatusCode, error.Words)) throw LlmTransport.Refused(response, error, target, time);
            }
            finally
            {
                response?.Dispose();
            }
        }
    }

    /// <summary>One call from begin to end: <paramref name="open"/> opens its answer.</summary>
    public async IAsyncEnumerable<LlmEvent> Stream(
        LlmTarget target, Func<LlmWatch, CancellationToken, Task<LlmStream>> open, [EnumeratorCancellation] CancellationToken run)
    {
        using var watch = new LlmWatch(target.FirstByteTimeout, time, run);
        using var stream = await open(watch, run);
        var batch = new List<LlmEvent>(8);
        while (await stream.Read(batch))
        {
            foreach (var happened in batch) yield return happened;
            batch.Clear();
        }
    }

    // Unique also across restarts, since old calls stay in the conversation.
    private string NewCallId() => $"call_{time.GetUtcNow().ToUnixTimeMilliseconds():x}{Interlocked.Increment(ref lastId):x4}";
}

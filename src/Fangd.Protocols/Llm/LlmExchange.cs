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

    // Unique also across restarts, since old calls stay in the conversation.
    private string NewCallId() => $"call_{time.GetUtcNow().ToUnixTimeMilliseconds():x}{Interlocked.Increment(ref lastId):x4}";
}

using System.Runtime.CompilerServices;

namespace Fangd.Protocols.Llm;

/// <summary>
/// Repeats a call that failed before it gave its first event: three tries, one second doubled and jittered between them, or longer
/// where the provider asks for it (<c>jitter</c> is chance in [0, 1)). Once an event was seen nothing is repeated, since the reader has acted on it.
/// </summary>
public sealed class LlmRetry(ILlmClient client, TimeProvider time, Func<double> jitter) : ILlmClient
{
    private const int Tries = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause a provider may ask for; a longer one fails the call at once, so that its caller can be told.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public async IAsyncEnumerable<LlmEvent> Stream(LlmRequest request, LlmTarget target, [EnumeratorCancellation] CancellationToken run)
    {
        for (var attempt = 1; ; attempt++)
        {
            var events = client.Stream(request, target, run).GetAsyncEnumerator(run);
            TimeSpan pause;
            try
            {
                bool any;
                try
                {
                    any = await events.MoveNextAsync();
                    pause = TimeSpan.Zero;
                }
                catch (LlmException failure) when (attempt < Tries && IsWorthRepeating(failure))
                {
                    any = false;
                    pause = PauseAfter(attempt, failure.RetryAfter);
                }

                if (pause == TimeSpan.Zero)
                {
                    while (any)
                    {
                        yield return events.Current;
                        any = await events.MoveNextAsync();
                    }

                    yield break;
                }
            }
            finally
            {
                await events.DisposeAsync();
            }

            await Task.Delay(pause, time, run);
        }
    }

    // A provider that stayed silent for the whole first-byte time has cost its caller minutes already; that is not done three times over.
    private static bool IsWorthRepeating(LlmException failure) =>
        failure.IsTransient && failure.Fault != LlmFault.Timeout && !(failure.RetryAfter > LongestPause);

    private TimeSpan PauseAfter(int attempt, TimeSpan? asked)
    {
        // Between half and the whole of it, so that agents which failed together do not come back together.
        var own = FirstPause * (1 << (attempt - 1)) * (0.5 + jitter() / 2);
        return asked > own ? asked.Value : own;
    }
}

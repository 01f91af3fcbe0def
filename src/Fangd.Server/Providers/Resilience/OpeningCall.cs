using Fangd.Protocols.Llm;
using Microsoft.Extensions.Logging;
using Polly;

namespace Fangd.Server.Providers.Resilience;

/// <summary>One call up to its first event, over all tries.</summary>
internal sealed partial class OpeningCall(
    string provider, KeyRing keys, ILogger log, ILlmClient client, LlmRequest request, LlmTarget target, CancellationToken run)
{
    private LlmRequest _request = request;

    public IAsyncEnumerator<LlmEvent>? Events { get; private set; }

    /// <summary>One try: with each key that is not set aside, and without tools where they are what fails.</summary>
    public async ValueTask<Outcome<bool>> Try()
    {
        for (var key = 0; ; key++)
        {
            var sent = keys.Choose(target);
            LlmException failure;
            try
            {
                return Outcome.FromResult(await Begin(sent));
            }
            catch (LlmException failed)
            {
                failure = failed;
            }
            catch (OperationCanceledException stopped)
            {
                return Outcome.FromException<bool>(stopped);
            }

            if (keys.SetAside(sent, target, failure) is { } pause)
            {
                KeySetAside(provider, pause.TotalSeconds, failure.Message);
                if (key < target.MoreKeys.Count)
                    continue;
            }

            if (!ToolTrouble.Explains(failure, _request))
                return Outcome.FromException<bool>(failure);
            WithoutTools(provider, _request.Model, failure.Message);
            _request = ToolTrouble.WithoutTools(_request);
        }
    }

    private async ValueTask<bool> Begin(LlmTarget sent)
    {
        var events = client.Stream(_request, sent, run).GetAsyncEnumerator(run);
        try
        {
            var any = await events.MoveNextAsync();
            Events = events;
            return any;
        }
        finally
        {
            if (Events is null)
                await events.DisposeAsync();
        }
    }

    [LoggerMessage(LogLevel.Warning, "A key of {Provider} is not used for {Seconds:0} s: {Reason}.")]
    private partial void KeySetAside(string provider, double seconds, string reason);

    [LoggerMessage(LogLevel.Warning, "{Provider} failed because of tools and is asked again without them ({Model}): {Reason}.")]
    private partial void WithoutTools(string provider, string model, string reason);
}

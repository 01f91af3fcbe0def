using Fangd.Engine.Turns;
using Fangd.Server.Http;
using Fangd.Server.Runs;

namespace Fangd.Server.OpenAiCompat;

/// <summary>
/// Carries a request of a foreign protocol through a run: the answer in one piece, or as a stream. A client that leaves ends a run that has
/// nothing to persist, so that nobody pays for an answer that nobody reads.
/// </summary>
internal sealed class DoorRuns(RunQueue runs)
{
    /// <summary>The result; what goes wrong is thrown as the error that the client is told.</summary>
    public async Task<TurnResult> Answer(Exchange exchange, RunRequest wanted)
    {
        var run = runs.Start(wanted);
        await using var leaving = exchange.Aborted.UnsafeRegister(static r => ((Run)r!).Abandon(), run);
        try
        {
            return await run.Done;
        }
        catch (TurnException failure)
        {
            throw RunFailure.Of(failure);
        }
    }

    /// <summary>Streams the run through the renderer that <paramref name="render"/> makes once the stream is open.</summary>
    public async Task Stream(Exchange exchange, RunRequest wanted, Func<SseStream, IRunRenderer> render)
    {
        RunSubscription? subscribed = null;
        var run = runs.Start(wanted, started => subscribed = started.Subscribe(SseStream.KeepAlive));
        try
        {
            using var events = subscribed!;
            // Headers wait for the first event, at most one keep-alive interval: a run that fails at once is still an ordinary error.
            var happened = await events.Next(exchange.Aborted);
            while (happened is [RunStarted])
                happened = await events.Next(exchange.Aborted);
            if (happened.OfType<RunFailed>().FirstOrDefault() is { } failed && !happened.OfType<TextDelta>().Any())
                throw RunFailure.Of(new TurnException(failed.Fault, failed.Message, failed.RetryAfter));
            var renderer = render(await SseStream.Open(exchange));
            while (true)
            {
                await renderer.Write(happened, events.IsCutOff);
                if (renderer.IsEnded)
                    return;
                happened = await events.Next(exchange.Aborted);
            }
        }
        finally
        {
            run.Abandon();
        }
    }
}

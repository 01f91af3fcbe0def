using Fangd.Server.Http;
using Microsoft.AspNetCore.Http;

namespace Fangd.Server.Logs;

public sealed partial record LogLine(DateTimeOffset Timestamp, string Level, string Target, string Message) : IAnswer;

/// <summary>The live log as events, after its newest lines; <c>?level=</c> leaves out what is below it.</summary>
internal sealed class LogStreamEndpoint(LogHub hub, TimeProvider time, CancellationToken stopping)
{
    private static readonly string[] Levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];

    public void Map(RouteTable routes) => routes.Get("/api/logs/stream", Stream).QueryToken();

    private async Task Stream(Exchange exchange)
    {
        var least = exchange.Query("level") is { Length: > 0 } level ? Array.IndexOf(Levels, level.ToUpperInvariant()) : 0;
        if (least < 0)
            throw ApiException.BadRequest($"level must be one of {string.Join(", ", Levels)}");
        using var follower = hub.Follow();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(exchange.Aborted, stopping);
        var sse = await SseStream.Open(exchange);
        // A HEAD has its whole answer now. Going on would hold the connection, on which its client means to send the next request.
        if (HttpMethods.IsHead(exchange.Request.Method))
            return;
        try
        {
            while (await HasLines(follower, sse, end.Token))
            {
                while (follower.Lines.TryRead(out var entry))
                {
                    if (Array.IndexOf(Levels, entry.LevelWord) >= least)
                        sse.Write("log", new LogLine(entry.Timestamp, entry.LevelWord, entry.Target, entry.Message));
                }

                await sse.Flush();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The daemon stops: the stream ends like any answer.
        }
    }

    /// <summary>Waits for lines; sends a comment after each interval of silence.</summary>
    private async Task<bool> HasLines(LogFollower follower, SseStream sse, CancellationToken end)
    {
        var ready = follower.Lines.WaitToReadAsync(end).AsTask();
        while (true)
        {
            try
            {
                return await ready.WaitAsync(SseStream.KeepAlive, time, end);
            }
            catch (TimeoutException)
            {
                await sse.Comment();
            }
        }
    }
}

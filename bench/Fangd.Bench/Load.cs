using System.Net;

namespace Fangd.Bench;

/// <summary>Ways to send requests; every answer that is not 2xx ends the bench.</summary>
internal static class Load
{
    public static byte[] Message(string agent) => HttpConnection.Request("POST", $"/api/agents/{agent}/message", """{"message":"ping"}""");

    public static byte[] Stream(string agent, string text = "ping") =>
        HttpConnection.Request("POST", $"/api/agents/{agent}/message/stream", $$"""{"message":"{{text}}"}""");

    /// <summary>One after the other; how long each took.</summary>
    public static async Task<TimeSpan[]> Sequence(HttpConnection connection, byte[] request, int count)
    {
        var took = new TimeSpan[count];
        for (var index = 0; index < count; index++)
            took[index] = (await Good(connection, request)).Whole;
        return took;
    }

    /// <summary>Streams one after the other; when each one's first text came.</summary>
    public static async Task<TimeSpan[]> FirstTokens(HttpConnection connection, byte[] request, int count)
    {
        var took = new TimeSpan[count];
        for (var index = 0; index < count; index++)
        {
            took[index] = (await Good(connection, request)).FirstToken;
            if (took[index] == TimeSpan.Zero)
                throw new InvalidOperationException("a stream had no text: " + connection.LastAnswer);
        }
        return took;
    }

    /// <summary>A connection for each request, all at once; messages a second until <paramref name="count"/> are answered.</summary>
    public static async Task<double> Spread(IPEndPoint address, byte[][] requests, int count)
    {
        var left = count;
        var start = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(requests.Select(request => Task.Run(async () =>
        {
            using var connection = new HttpConnection(address);
            while (Interlocked.Decrement(ref left) >= 0)
                await Good(connection, request);
        })));
        return count / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The same request over many connections for a while; answers a second.</summary>
    public static async Task<double> PerSecond(IPEndPoint address, byte[] request, int connections, double seconds)
    {
        var limit = TimeSpan.FromSeconds(seconds);
        var done = 0;
        var start = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            using var connection = new HttpConnection(address);
            while (TimeProvider.System.GetElapsedTime(start) < limit)
            {
                await Good(connection, request);
                Interlocked.Increment(ref done);
            }
        })));
        return done / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>A paced stream to each agent, all at once; the time until the last ended and how many were not whole.</summary>
    public static async Task<(TimeSpan Wall, int Failed)> Paced(IPEndPoint address, string[] agents)
    {
        var failed = 0;
        var start = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(agents.Select(agent => Task.Run(async () =>
        {
            using var connection = new HttpConnection(address);
            try
            {
                var answer = await connection.Exchange(Stream(agent, InstantModel.PacedMarker));
                var chunks = connection.Count("event: chunk"u8);
                if (!answer.IsGood || chunks == 0 || connection.Count("tick "u8) != InstantModel.PacedChunks || connection.Count("event: done"u8) != 1)
                    Report(connection.LastAnswer);
            }
            catch (Exception failure) when (failure is IOException or System.Net.Sockets.SocketException)
            {
                Report(failure.Message);
            }
        })));
        return (TimeProvider.System.GetElapsedTime(start), failed);

        void Report(string what)
        {
            // One is enough to see what is wrong; five hundred are not.
            if (Interlocked.Increment(ref failed) == 1)
                Console.Error.WriteLine("  a stream failed: " + what);
        }
    }

    private static async ValueTask<Answer> Good(HttpConnection connection, byte[] request)
    {
        var answer = await connection.Exchange(request);
        return answer.IsGood ? answer : throw new InvalidOperationException("the daemon answered " + connection.LastAnswer);
    }
}

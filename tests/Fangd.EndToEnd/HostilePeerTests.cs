using System.Globalization;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Fangd.TestKit;

namespace Fangd.EndToEnd;

/// <summary>Clients that are broken, greedy, slow or silent: each gets its answer, the daemon stays well and small.</summary>
public sealed class HostilePeerTests(ITestOutputHelper output)
{
    private const long Megabyte = 1024 * 1024;
    private const string Key = "the-right-key";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task What_is_wrong_with_a_request_is_said_with_its_status_and_its_place()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel, apiKey: Key);
        var agent = await daemon.Spawn("target", Cancel);
        var message = $"POST /api/agents/{agent}/message";
        var faults = new List<string>();

        await Expect(400, "the body is not valid JSON (line 1, byte 13)", message, """{"message": """);
        await Expect(400, "message: the value has the wrong type", message, """{"message": 7}""");
        await Expect(400, "the body must be a JSON object", message, "[]");
        await Expect(400, "message is missing or empty", message, "{}");
        await Expect(400, "'nonsense' is not a UUID (id)", "POST /api/agents/nonsense/message", """{"message": "x"}""");
        await Expect(400, "manifest_toml: line 2, column 7: model: expected ']' at the end of the header, found the end of the line", "POST /api/agents", """{"manifest_toml": "name = \"x\"\n[model\n"}""");
        await Expect(400, "manifest_toml: line 3, column 15: model.temperature: expected a number from 0 to 2, found a string", "POST /api/agents", """{"manifest_toml": "name = \"x\"\n[model]\ntemperature = \"hot\"\n"}""");
        await Expect(401, "*", message, """{"message": "x"}""", ("Authorization", "Bearer the-wrong-key"));
        await Expect(401, "*", message, """{"message": "x"}""", ("Authorization", ""));
        await Expect(404, "Agent '019ab000-0000-7000-8000-000000000000' not found", "POST /api/agents/019ab000-0000-7000-8000-000000000000/message", """{"message": "x"}""");
        await Expect(404, "no such path: GET /nothing", "GET /nothing", null);
        await Expect(405, "DELETE is not allowed here; allowed: GET, HEAD, OPTIONS", "DELETE /api/health", null);
        await Expect(413, "message is larger than 65536 bytes", message, DaemonWithModel.Message(new string('x', 70_000)));
        // Told before it has sent it all: a client that asks first is spared the rest.
        await Expect(413, "the body is larger than 2097152 bytes", message, DaemonWithModel.Message(new string('x', 3_000_000)), ("Expect", "100-continue"));
        await Expect(415, "the media type must be application/json, not text/plain", message, """{"message": "x"}""", ("Content-Type", "text/plain"));

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.Empty(daemon.Model.Calls);
        await daemon.AssertHealthy(agent, Cancel);

        async Task Expect(int status, string error, string request, string? body, params (string Name, string Value)[] headers)
        {
            var answer = await daemon.Api.Send(request, Cancel, body, headers.ToDictionary(header => header.Name, header => header.Value));
            if ((int)answer.Status != status)
                faults.Add($"{request} answered {(int)answer.Status} in place of {status}: {answer.Text}");
            faults.AddRange(JsonPattern.Differences($$"""{"error": {{DaemonWithModel.Json(error)}}}""", answer.Json).Select(difference => $"{request} {status}: {difference}"));
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_reader_that_stops_reading_is_cut_off_and_costs_no_more_than_its_share()
    {
        const int chunks = 768;
        var chunk = new string('x', 16 * 1024);
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var agent = await daemon.Spawn("flood", Cancel);
        await daemon.AssertHealthy(agent, Cancel);
        var already = (await daemon.Session(agent, Cancel)).GetProperty("message_count").GetInt32();
        daemon.Model.Rule = call => call.LastUserText == "flood me" ? ModelReply.Say([.. Enumerable.Repeat(chunk, chunks)]) : null;
        var before = daemon.Process.ResidentBytes;
        using var reader = new TcpClient { ReceiveBufferSize = 64 * 1024 };
        await reader.ConnectAsync("127.0.0.1", daemon.Process.Port, Cancel);
        await reader.GetStream().WriteAsync(Post($"/api/agents/{agent}/message/stream", DaemonWithModel.Message("flood me")), Cancel);
        await daemon.Model.CallWith("flood me", Cancel);

        // The run does not wait for its reader.
        var most = before;
        await daemon.Until("GET /api/health/detail", health =>
        {
            most = Math.Max(most, daemon.Process.ResidentBytes);
            return health.GetProperty("active_runs").GetInt32() == 0;
        }, Cancel);

        var (received, end) = await ReadToEnd(reader.GetStream());
        output.WriteLine($"{received} bytes came to a late reader; resident memory grew by {(most - before) / Megabyte} MB");
        Assert.True(received < 6 * Megabyte, $"{received} bytes were kept for a reader that did not read");
        // The answer itself is 12 MB: twice that as text in memory, and some copies on its way to the database.
        Assert.True(most - before < 144 * Megabyte, $"resident memory grew by {(most - before) / Megabyte} MB");
        var session = await daemon.Session(agent, Cancel);
        Assert.Equal(already + 2, session.GetProperty("message_count").GetInt32());
        Assert.Equal(chunks * chunk.Length, session.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetString()!.Length);
        Assert.Contains("slow_reader", end, StringComparison.Ordinal);
        // Nor does an answer that is larger than any window close the session to the messages after it.
        await daemon.AssertHealthy(agent, Cancel);
    }

    [Fact(Timeout = 120_000)]
    public async Task Silent_connections_and_half_requests_keep_nobody_out()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var agent = await daemon.Spawn("busy", Cancel);
        await daemon.AssertHealthy(agent, Cancel);
        var (memory, files) = (daemon.Process.ResidentBytes, daemon.Process.OpenFiles);
        string[] beginnings = ["", "GET", "GET /api/health HTTP/1.1\r\nHost: x\r\n", $"POST /api/agents/{agent}/message HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"mess"];
        var peers = new List<TcpClient>();
        for (var number = 0; number < 300; number++)
        {
            var peer = new TcpClient();
            peers.Add(peer);
            await peer.ConnectAsync("127.0.0.1", daemon.Process.Port, Cancel);
            // 200 say nothing at all; the others begin and do not go on.
            var beginning = number < 200 ? "" : beginnings[number % beginnings.Length];
            await peer.GetStream().WriteAsync(Encoding.ASCII.GetBytes(beginning), Cancel);
        }

        await daemon.AssertHealthy(agent, Cancel);

        var grown = daemon.Process.ResidentBytes - memory;
        Assert.True(grown < 24 * Megabyte, $"resident memory grew by {grown / Megabyte} MB");
        peers.ForEach(peer => peer.Dispose());
        while (daemon.Process.OpenFiles > files + 5)
            await Task.Delay(TimeSpan.FromMilliseconds(20), Cancel);
        await daemon.AssertHealthy(agent, Cancel);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_is_not_http_is_refused_and_closed()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var agent = await daemon.Spawn("plain", Cancel);
        string[] openings = ["\u0016\u0003\u0001\u0002\u0000\u0001\u0000", "GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", $"GET /{new string('a', 20_000)} HTTP/1.1\r\n\r\n"];
        foreach (var opening in openings)
        {
            using var peer = new TcpClient();
            await peer.ConnectAsync("127.0.0.1", daemon.Process.Port, Cancel);
            await peer.GetStream().WriteAsync(Encoding.Latin1.GetBytes(opening), Cancel);
            var (_, answer) = await ReadToEnd(peer.GetStream());
            Assert.Matches("^HTTP/1.1 (400|414|505) ", answer);
        }
        await daemon.AssertHealthy(agent, Cancel);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_socket_that_sends_too_much_or_nonsense_is_told_so()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var agent = await daemon.Spawn("socket", Cancel);
        await using (var socket = await daemon.Api.Connect($"/api/agents/{agent}/ws", Cancel))
        {
            await socket.Send("{\"type\": \"message\", ", Cancel);
            JsonPattern.Matches("""{"type": "error", "content": "*", "*": "*"}""", (await socket.Until("error", Cancel))[^1]);
            await socket.Send("""{"type": "message", "content": "<<say still here>>"}""", Cancel);
            JsonPattern.Matches("""{"type": "response", "content": "still here", "*": "*"}""", (await socket.Until("response", Cancel))[^1]);
        }
        await using (var socket = await daemon.Api.Connect($"/api/agents/{agent}/ws", Cancel))
        {
            await socket.Send(new string('x', 200_000), Cancel);
            while (await socket.NextText(Cancel) is not null)
            {
                // A list of agents may come first.
            }
            Assert.Equal(WebSocketCloseStatus.MessageTooBig, socket.CloseStatus);
        }
        await daemon.AssertHealthy(agent, Cancel);
    }

    private static byte[] Post(string path, string body) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}"));

    /// <summary>How much came until the other side closed, and the last of it.</summary>
    private static async Task<(long Bytes, string End)> ReadToEnd(NetworkStream stream)
    {
        var buffer = new byte[64 * 1024];
        var (bytes, end) = (0L, "");
        try
        {
            while (await stream.ReadAsync(buffer, Cancel) is > 0 and var count)
            {
                bytes += count;
                end = end[^Math.Min(end.Length, 1000)..] + Encoding.UTF8.GetString(buffer, 0, count);
            }
        }
        catch (IOException)
        {
            // Closed with a reset, since what was sent was not read to its end.
        }
        return (bytes, end);
    }
}

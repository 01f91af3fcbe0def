using System.Text;
using System.Text.Json;

namespace Fangd.TestKit;

/// <summary>One event of a stream.</summary>
public sealed record SseEvent(string Type, string Data, string? Id)
{
    public JsonElement Json => FakeJson.Parse(Data);
}

/// <summary>
/// An open stream of server-sent events, read line by line as the standard says. It is not the daemon's own parser, so that a fault
/// there cannot hide one in what the daemon writes.
/// </summary>
public sealed class SseConnection : IAsyncDisposable
{
    private readonly HttpResponseMessage answer;
    private readonly StreamReader lines;

    internal SseConnection(HttpResponseMessage answer, Stream body)
    {
        this.answer = answer;
        lines = new StreamReader(body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
    }

    public HttpResponseMessage Answer => answer;

    /// <summary>Comment lines so far; keep-alives are comments.</summary>
    public int Comments { get; private set; }

    /// <summary>The data of the next event of a type; throws when the stream ends without one.</summary>
    public async Task<JsonElement> Of(string type, CancellationToken cancel)
    {
        while (await Next(cancel) is { } happened)
        {
            if (happened.Type == type)
                return happened.Json;
        }

        throw new InvalidOperationException($"the stream ended without {type}");
    }

    /// <summary>The next event; null at the proper end of the stream. Throws when the connection broke.</summary>
    public async Task<SseEvent?> Next(CancellationToken cancel)
    {
        string? type = null, id = null;
        StringBuilder? data = null;
        while (await lines.ReadLineAsync(cancel) is { } line)
        {
            if (line.Length == 0)
            {
                if (data is not null)
                    return new SseEvent(type ?? "message", data.ToString(), id);
                type = null;
                continue;
            }
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon == 0)
            {
                Comments++;
                continue;
            }
            var field = colon < 0 ? line : line[..colon];
            var value = colon < 0 ? "" : line[(colon + 1)..];
            value = value.StartsWith(' ') ? value[1..] : value;
            switch (field)
            {
                case "data": data = data is null ? new StringBuilder(value) : data.Append('\n').Append(value); break;
                case "event": type = value; break;
                case "id": id = value; break;
            }
        }
        Assert.True(data is null, $"the stream ended inside an event: {data}");
        return null;
    }

    /// <summary>Everything up to the end of the stream.</summary>
    public async Task<IReadOnlyList<SseEvent>> Rest(CancellationToken cancel)
    {
        var events = new List<SseEvent>();
        while (await Next(cancel) is { } next)
            events.Add(next);
        return events;
    }

    public ValueTask DisposeAsync()
    {
        answer.Dispose();
        return ValueTask.CompletedTask;
    }
}

using System.Runtime.CompilerServices;
using System.Text;
using Fangd.Protocols.Sse;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>An event of a server: its type, empty where it has none, and its data.</summary>
internal sealed class ServerEvent(string type, byte[] data)
{
    public string Type => type;

    public byte[] Data => data;
}

/// <summary>Reads the events of responses, and knows from where a stream that broke off could go on.</summary>
internal sealed class EventBody(int mostBytes)
{
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(100), _usual = TimeSpan.FromSeconds(1), _longest = TimeSpan.FromSeconds(60);

    /// <summary>The id of the newest event; empty when the server gives none, so that nothing can be resumed.</summary>
    public string LastEventId { get; private set; } = "";

    /// <summary>How long the server wants it to take before a client comes back, within bounds.</summary>
    public TimeSpan Pause { get; private set; } = _usual;

    /// <summary>Throws <see cref="McpException"/> for an event that is too long, <see cref="IOException"/> where the stream breaks.</summary>
    public async IAsyncEnumerable<ServerEvent> Read(HttpResponseMessage response, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var parser = new SseParser(mostBytes);
        await using var body = await response.Content.ReadAsStreamAsync(cancel);
        var (buffer, events) = (new byte[8192], new List<ServerEvent>());
        int count;
        while ((count = await body.ReadAsync(buffer, cancel)) > 0)
        {
            Parse(parser, buffer.AsSpan(0, count), events);
            foreach (var happened in events)
                yield return happened;
            events.Clear();
        }
    }

    private void Parse(SseParser parser, ReadOnlySpan<byte> bytes, List<ServerEvent> events)
    {
        try
        {
            while (parser.TryRead(ref bytes, out var happened))
            {
                if (happened.Data.Length > 0)
                    events.Add(new ServerEvent(Encoding.UTF8.GetString(happened.Type.Span), happened.Data.ToArray()));
            }
        }
        catch (SseException tooLong)
        {
            throw new McpException("the server sent an event that is too long", inner: tooLong);
        }

        if (parser.LastEventId is { Length: > 0 } id)
            LastEventId = Encoding.UTF8.GetString(id.Span);
        if (parser.Retry is { } wish)
            Pause = wish < _shortest ? _shortest : wish > _longest ? _longest : wish;
    }
}

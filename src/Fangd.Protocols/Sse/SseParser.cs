namespace Fangd.Protocols.Sse;

/// <summary>
/// Incremental parser of an event stream (WHATWG HTML §9.2.6), right for every split of the bytes. It allocates nothing an event:
/// values are collected in pooled buffers that the returned event points into. Not safe for concurrent use.
/// </summary>
/// <param name="maxEventBytes">Most bytes that one event, or one line, may hold; more is an <see cref="SseException"/>.</param>
public sealed class SseParser(int maxEventBytes = SseParser.DefaultMaxEventBytes) : IDisposable
{
    public const int DefaultMaxEventBytes = 4 * 1024 * 1024;

    private const byte Lf = (byte)'\n', Cr = (byte)'\r', Colon = (byte)':', Space = (byte)' ';

    private readonly PooledBytes line = new(256);
    private readonly PooledBytes data = new(4096);
    private readonly PooledBytes type = new(32);
    private readonly PooledBytes lastEventId = new(32);
    private bool atStart = true;
    private bool afterCr;
    private bool inComment;
    private bool hasData;

    /// <summary>The newest <c>retry</c> field; null until one came.</summary>
    public TimeSpan? Retry { get; private set; }

    /// <summary>The newest <c>id</c> field, also of an event without data; a view that is valid until the parser is called again.</summary>
    public ReadOnlyMemory<byte> LastEventId => lastEventId.Memory;

    /// <summary>Whether bytes came that no event has been made of yet.</summary>
    public bool HasPartial => hasData || line.Length > 0;

    /// <summary>
    /// Takes bytes from the front of <paramref name="input"/> until an event is complete (true; call again with the rest) or all are
    /// taken (false; call again with the next ones).
    /// </summary>
    public bool TryRead(ref ReadOnlySpan<byte> input, out SseEvent message)
    {
        while (input.Length > 0)
        {
            if (afterCr)
            {
                afterCr = false;
                if (input[0] == Lf)
                {
                    input = input[1..];
                    continue;
                }
            }

            var end = input.IndexOfAny(Cr, Lf);
            if (end < 0)
            {
                HoldLine(input);
                input = default;
                break;
            }

            afterCr = input[end] == Cr;
            var rest = input[..end];
            input = input[(end + 1)..];
            if (EndLine(rest))
            {
                message = Dispatch();
                return true;
            }
        }

        message = default;
        return false;
    }

    /// <summary>
    /// Hands out the event that the end of the stream left without its blank line. The standard drops it; providers that close right
    /// after their last line are read with this. Whether it is whole, only its content can tell.
    /// </summary>
    public bool TryReadRest(out SseEvent message)
    {
        if (line.Length > 0) EndLine(default);
        if (hasData)
        {
            message = Dispatch();
            return true;
        }

        message = default;
        return false;
    }

    public void Dispose()
    {
        line.Dispose();
        data.Dispose();
        type.Dispose();
        lastEventId.Dispose();
    }

    private void HoldLine(ReadOnlySpan<byte> part)
    {
        // A comment may be endless; nothing of it is needed but that it is one.
        if (inComment) return;
        if (line.Length == 0 && !atStart && part[0] == Colon)
        {
            inComment = true;
            return;
        }

        CheckBound(part.Length);
        line.Append(part);
    }

    // True when the line was the blank one that ends an event with data.
    private bool EndLine(ReadOnlySpan<byte> rest)
    {
        if (inComment)
        {
            inComment = false;
            return false;
        }

        CheckBound(rest.Length);
        if (line.Length > 0)
        {
            line.Append(rest);
            rest = line.Span;
        }

        if (atStart)
        {
            atStart = false;
            if (rest.StartsWith("\uFEFF"u8)) rest = rest[3..];
        }

        var ends = rest.Length == 0;
        if (ends)
        {
            // Without data nothing is dispatched, but the type does not outlive the blank line.
            if (!hasData) type.Clear();
        }
        else
        {
            Field(rest);
        }

        line.Clear();
        return ends && hasData;
    }

    private void Field(ReadOnlySpan<byte> text)
    {
        var colon = text.IndexOf(Colon);
        if (colon == 0) return;
        var name = colon < 0 ? text : text[..colon];
        var value = colon < 0 ? default : text[(colon + 1)..];
        if (value.Length > 0 && value[0] == Space) value = value[1..];

        if (name.SequenceEqual("data"u8))
        {
            // LF goes between the values, so the last one needs none taken off.
            if (hasData) data.Append("\n"u8);
            hasData = true;
            data.Append(value);
        }
        else if (name.SequenceEqual("event"u8))
        {
            type.Clear();
            type.Append(value);
        }
        else if (name.SequenceEqual("id"u8))
        {
            if (value.Contains((byte)0)) return;
            lastEventId.Clear();
            lastEventId.Append(value);
        }
        else if (name.SequenceEqual("retry"u8) && value.Length is > 0 and <= 9 && !value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            var milliseconds = 0;
            foreach (var digit in value) milliseconds = milliseconds * 10 + (digit - '0');
            Retry = TimeSpan.FromMilliseconds(milliseconds);
        }
    }

    private SseEvent Dispatch()
    {
        var message = new SseEvent(type.Memory, data.Memory, lastEventId.Memory);
        // The buffers keep their content until the next append, so the views stay right until the next call.
        type.Clear();
        data.Clear();
        hasData = false;
        return message;
    }

    private void CheckBound(int more)
    {
        if ((long)line.Length + data.Length + more > maxEventBytes)
            throw new SseException($"an event of the stream is larger than {maxEventBytes} bytes");
    }
}

namespace Fangd.Protocols.Sse;

/// <summary>
/// One dispatched event, as views into the parser's buffers: valid until the parser is called again.
/// <see cref="Type"/> is empty where the stream named none, which means <c>message</c>.
/// </summary>
public readonly struct SseEvent(ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> lastEventId)
{
    /// <summary>UTF-8 value of the last <c>event</c> field.</summary>
    public ReadOnlyMemory<byte> Type => type;

    /// <summary>UTF-8 values of all <c>data</c> fields, joined by LF.</summary>
    public ReadOnlyMemory<byte> Data => data;

    /// <summary>UTF-8 value of the newest <c>id</c> field of the whole stream.</summary>
    public ReadOnlyMemory<byte> LastEventId => lastEventId;
}

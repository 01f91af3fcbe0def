using System.Buffers.Text;

namespace Fangd.Bench;

/// <summary>Reads the little that the bench needs from the head of a message, without allocating.</summary>
internal static class HttpHead
{
    /// <summary>The value of Content-Length, or -1.</summary>
    public static int ContentLength(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("\r\nContent-Length:"u8);
        if (at < 0)
            at = head.IndexOf("\r\ncontent-length:"u8);
        if (at < 0)
            return -1;
        var value = head[(at + 17)..].TrimStart((byte)' ');
        return Utf8Parser.TryParse(value, out int length, out _) ? length : -1;
    }
}

using System.Text;

namespace Fangd.Engine.Processes;

/// <summary>
/// The beginning and the end of an output of any length in bounded memory: what went wrong is said at the end, what it was about at the
/// beginning. Not safe for two threads.
/// </summary>
internal sealed class CappedOutput(int maxBytes)
{
    private readonly int _tailSize = maxBytes / 2;
    private readonly int _headSize = maxBytes - (maxBytes / 2);
    private readonly MemoryStream _head = new();
    private byte[] _tail = [];
    private long _tailTotal;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var toHead = (int)Math.Min(bytes.Length, _headSize - _head.Length);
        _head.Write(bytes[..toHead]);
        bytes = bytes[toHead..];
        if (bytes.IsEmpty)
            return;
        if (_tail.Length == 0)
            _tail = new byte[_tailSize];
        // Of a piece longer than the ring only its end would be left.
        var skipped = Math.Max(0, bytes.Length - _tailSize);
        _tailTotal += skipped;
        bytes = bytes[skipped..];
        var at = (int)(_tailTotal % _tailSize);
        var first = Math.Min(bytes.Length, _tailSize - at);
        bytes[..first].CopyTo(_tail.AsSpan(at));
        bytes[first..].CopyTo(_tail);
        _tailTotal += bytes.Length;
    }

    public CappedText ToText()
    {
        var head = _head.GetBuffer().AsSpan(0, (int)_head.Length);
        var cut = _tailTotal - _tailSize;
        if (cut <= 0)
            return new CappedText(Decode([.. head, .. _tail.AsSpan(0, (int)_tailTotal)]), 0);
        var at = (int)(_tailTotal % _tailSize);
        byte[] tail = [.. _tail.AsSpan(at), .. _tail.AsSpan(0, at)];
        var headEnd = head.Length - CutTail(head);
        var tailStart = CutHead(tail);
        cut += head.Length - headEnd + tailStart;
        return new CappedText($"{Decode(head[..headEnd])}\n[… {cut} bytes cut …]\n{Decode(tail.AsSpan(tailStart))}", cut);
    }

    /// <summary>Bytes that are no UTF-8 and NUL become U+FFFD: what follows passes JSON, databases and terminals.</summary>
    internal static string Decode(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes).Replace('\0', '\uFFFD');

    /// <summary>How many bytes at the end are the beginning of a character whose rest is missing.</summary>
    internal static int CutTail(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var lead = bytes[^back];
            if (lead >= 0xC0)
                return back < (lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2) ? back : 0;
            if (lead < 0x80)
                return 0;
        }
        return 0;
    }

    /// <summary>How many bytes at the start are the rest of a character that began before.</summary>
    internal static int CutHead(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        while (count < Math.Min(3, bytes.Length) && (bytes[count] & 0xC0) == 0x80)
            count++;
        return count;
    }
}

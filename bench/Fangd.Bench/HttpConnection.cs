using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fangd.Bench;

/// <summary>What came back: the status, the length of the whole answer, and when its first chunk of text was there.</summary>
internal readonly record struct Answer(int Status, int Bytes, TimeSpan FirstToken, TimeSpan Whole)
{
    public bool IsGood => Status is >= 200 and < 300;
}

/// <summary>One keep-alive connection of the load generator; requests are bytes made beforehand.</summary>
internal sealed class HttpConnection(IPEndPoint address) : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] buffer = new byte[32 * 1024];
    private int filled;
    private bool connected;

    /// <summary>The whole last answer as text, for messages about failures and for reading ids.</summary>
    public string LastAnswer => Encoding.UTF8.GetString(buffer, 0, filled);

    public ReadOnlySpan<byte> LastBytes => buffer.AsSpan(0, filled);

    public static byte[] Request(string method, string path, string? json = null)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        return Encoding.UTF8.GetBytes(json is null
            ? head + "\r\n"
            : string.Create(CultureInfo.InvariantCulture, $"{head}Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}"));
    }

    /// <summary>Sends a request and reads the answer to its end.</summary>
    public async ValueTask<Answer> Exchange(ReadOnlyMemory<byte> request)
    {
        if (!connected)
        {
            await socket.ConnectAsync(address);
            connected = true;
        }
        var start = TimeProvider.System.GetTimestamp();
        await socket.SendAsync(request);
        filled = 0;
        var end = -1;
        var first = TimeSpan.Zero;
        while (end < 0 || filled < end)
        {
            if (filled == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            var count = await socket.ReceiveAsync(buffer.AsMemory(filled));
            if (count == 0)
                throw new IOException("the connection closed in an answer: " + LastAnswer);
            filled += count;
            if (first == TimeSpan.Zero && HasText(buffer.AsSpan(0, filled)))
                first = TimeProvider.System.GetElapsedTime(start);
            if (end < 0)
                end = AnswerLength(buffer.AsSpan(0, filled));
        }
        return new Answer(Status(buffer), filled, first, TimeProvider.System.GetElapsedTime(start));
    }

    /// <summary>How many events of this name a streamed answer had.</summary>
    public int Count(ReadOnlySpan<byte> text) => LastBytes.Count(text);

    public void Dispose() => socket.Dispose();

    // The first event of text in either dialect; a longer answer without one is a list, and not worth searching.
    private static bool HasText(ReadOnlySpan<byte> received) =>
        received.Length < 8192 && (received.IndexOf("event: chunk"u8) >= 0 || received.IndexOf("event: text_delta"u8) >= 0);

    /// <summary>The bytes of the whole answer; -1 while that is not known.</summary>
    private static int AnswerLength(ReadOnlySpan<byte> received)
    {
        var head = received.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return -1;
        var length = HttpHead.ContentLength(received[..head]);
        if (length >= 0)
            return head + 4 + length;
        return received.EndsWith("\r\n0\r\n\r\n"u8) ? received.Length : -1;
    }

    private static int Status(ReadOnlySpan<byte> answer) => (answer[9] - '0') * 100 + (answer[10] - '0') * 10 + answer[11] - '0';
}

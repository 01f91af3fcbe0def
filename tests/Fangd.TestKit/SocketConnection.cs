using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Fangd.TestKit;

/// <summary>An open WebSocket of text frames.</summary>
public sealed class SocketConnection : IAsyncDisposable
{
    private readonly ClientWebSocket socket;
    private readonly byte[] buffer = new byte[64 * 1024];

    internal SocketConnection(ClientWebSocket socket) => this.socket = socket;

    public string? Protocol => socket.SubProtocol;

    public WebSocketCloseStatus? CloseStatus => socket.CloseStatus;

    public string? CloseReason => socket.CloseStatusDescription;

    public Task Send(string text, CancellationToken cancel) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text).AsMemory(), WebSocketMessageType.Text, endOfMessage: true, cancel).AsTask();

    /// <summary>The next message; null when the other side closed.</summary>
    public async Task<string?> NextText(CancellationToken cancel)
    {
        using var message = new MemoryStream();
        while (true)
        {
            var frame = await socket.ReceiveAsync(buffer.AsMemory(), cancel);
            if (frame.MessageType == WebSocketMessageType.Close)
                return null;
            message.Write(buffer, 0, frame.Count);
            if (frame.EndOfMessage)
                return Encoding.UTF8.GetString(message.GetBuffer(), 0, (int)message.Length);
        }
    }

    /// <summary>The next message as JSON; undefined when the other side closed.</summary>
    public async Task<JsonElement> Next(CancellationToken cancel) =>
        await NextText(cancel) is { } text ? FakeJson.Parse(text) : default;

    /// <summary>Messages up to and including the first of this <c>type</c>; fails when the connection closes before.</summary>
    public async Task<IReadOnlyList<JsonElement>> Until(string type, CancellationToken cancel)
    {
        var seen = new List<JsonElement>();
        while (true)
        {
            var message = await Next(cancel);
            if (message.ValueKind == JsonValueKind.Undefined)
                Assert.Fail($"the socket closed before '{type}'; it had sent: {string.Join(" ", seen.Select(frame => frame.GetRawText()))}");
            seen.Add(message);
            if (message.TryGetProperty("type", out var kind) && kind.GetString() == type)
                return seen;
        }
    }

    public async Task Close(CancellationToken cancel) => await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancel);

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}

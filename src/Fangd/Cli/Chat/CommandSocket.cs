using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Fangd.Cli.Api;

namespace Fangd.Cli.Chat;

/// <summary>
/// Sends a slash command over the agent's WebSocket, where the daemon understands all of them, also those of skills: the client needs
/// no table of its own that would grow old.
/// </summary>
internal static class CommandSocket
{
    private const int MaxFrame = 1024 * 1024;

    /// <summary>What the daemon answers. Throws <see cref="CommandException"/> when it refuses.</summary>
    public static async Task<string> Send(DaemonAddress address, string agentId, string command, CancellationToken aborted)
    {
        using var socket = new ClientWebSocket();
        if (address.Key is { } key)
            socket.Options.SetRequestHeader("Authorization", "Bearer " + key);
        if (address.IsLoopback)
            socket.Options.Proxy = null;
        var target = new UriBuilder(new Uri(address.Url, $"api/agents/{agentId}/ws")) { Scheme = address.Url.Scheme == "https" ? "wss" : "ws" };
        try
        {
            await socket.ConnectAsync(target.Uri, aborted);
            await socket.SendAsync(Encoding.UTF8.GetBytes(command), WebSocketMessageType.Text, true, aborted);
            return await Answer(socket, aborted);
        }
        catch (WebSocketException)
        {
            throw new CommandException(ExitCode.Unreachable, "the daemon did not take the command", "see: fangd doctor");
        }
    }

    private static async Task<string> Answer(ClientWebSocket socket, CancellationToken aborted)
    {
        var received = new MessageBuffer(MaxFrame);
        while (await received.Receive(socket, aborted))
        {
            using var document = JsonDocument.Parse(received.Content);
            var message = document.RootElement;
            switch (message.Text("type"))
            {
                case "command_result" or "response" or "silent_complete":
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, aborted);
                    return Text(message);
                case "error":
                    throw new CommandException(ExitCode.Failed, Text(message));
            }
        }
        throw new CommandException(ExitCode.Failed, "the daemon closed the connection without an answer");
    }

    private static string Text(JsonElement message)
    {
        foreach (var name in (ReadOnlySpan<string>)["content", "message", "result", "text", "error"])
            if (message.Text(name) is { Length: > 0 } text)
                return text;
        return "";
    }

    /// <summary>One message, put together from its frames.</summary>
    private sealed class MessageBuffer(int most)
    {
        private byte[] bytes = new byte[4096];
        private int length;

        public ReadOnlyMemory<byte> Content => bytes.AsMemory(0, length);

        /// <summary>False when the daemon closed instead.</summary>
        public async Task<bool> Receive(WebSocket socket, CancellationToken aborted)
        {
            length = 0;
            while (true)
            {
                if (length == bytes.Length)
                {
                    if (length >= most)
                        throw new CommandException(ExitCode.Failed, "the daemon's answer is too long");
                    Array.Resize(ref bytes, bytes.Length * 2);
                }
                var part = await socket.ReceiveAsync(bytes.AsMemory(length), aborted);
                if (part.MessageType == WebSocketMessageType.Close)
                    return false;
                length += part.Count;
                if (part.EndOfMessage)
                    return true;
            }
        }
    }
}

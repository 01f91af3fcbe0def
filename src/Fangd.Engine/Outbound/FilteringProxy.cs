using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fangd.Engine.Outbound;

/// <summary>
/// An HTTP proxy on loopback for programs that make requests of their own, as a browser does. Every target passes the same checks as ours and
/// is connected to at the address that was checked; the program itself resolves nothing. One request a connection, so that no answer can
/// leave a connection open on which the program would send what is meant for another host.
/// </summary>
public sealed class FilteringProxy : IAsyncDisposable
{
    private const int MaxHead = 64 * 1024;
    private const int MaxConnections = 128;
    private static readonly TimeSpan _headTimeout = TimeSpan.FromSeconds(60);

    private readonly OutboundHttp _outbound;
    private readonly Func<OutboundTarget, string?> _reach;
    private readonly Func<NetworkAllowance> _allowance;
    private readonly TimeProvider _time;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _places = new(MaxConnections);
    private readonly Task _accepting;
    private volatile string? _lastRefusal;

    /// <param name="outbound">The way out.</param>
    /// <param name="reach">Why a target is closed beyond the rules for addresses, as a sentence, or null.</param>
    /// <param name="allowance">For whom what comes in is counted.</param>
    /// <param name="time">The clock.</param>
    public FilteringProxy(OutboundHttp outbound, Func<OutboundTarget, string?> reach, Func<NetworkAllowance> allowance, TimeProvider time)
    {
        (_outbound, _reach, _allowance, _time) = (outbound, reach, allowance, time);
        _listener.Start();
        _accepting = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The newest refusal since this was last asked: programs tell their users only that something failed.</summary>
    public string? TakeRefusal() => Interlocked.Exchange(ref _lastRefusal, null);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
        _places.Dispose();
    }

    private async Task Accept()
    {
        var open = new HashSet<Task>();
        try
        {
            while (true)
            {
                await _places.WaitAsync(_stopping.Token);
                open.Add(Serve(await _listener.AcceptSocketAsync(_stopping.Token)));
                open.RemoveWhere(task => task.IsCompleted);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task Serve(Socket socket)
    {
        try
        {
            await using var client = new NetworkStream(socket, ownsSocket: true);
            await Relay(client);
        }
        catch (Exception end) when (end is IOException or OperationCanceledException or SocketException)
        {
            // One of the two sides left.
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task Relay(Stream client)
    {
        using var head = new MessageHead();
        using (var patience = new CancellationTokenSource(_headTimeout, _time))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, patience.Token))
        {
            if (!await head.Read(client, MaxHead, either.Token))
                return;
        }

        var isAnswered = false;
        try
        {
            var words = head.FirstLine.Split(' ');
            if (words.Length != 3)
                throw new OutboundRefusal("The request is not HTTP.");
            var isTunnel = words[0] == "CONNECT";
            var url = new Uri(isTunnel ? $"https://{words[1]}/" : words[1], UriKind.RelativeOrAbsolute);
            var target = _outbound.Check(OutboundTrust.Agent, url);
            if (_reach(target) is { } reason)
                throw new OutboundRefusal(reason);
            var allowance = _allowance();
            allowance.Demand();
            await using var server = new MeteredStream(await _outbound.Connect(OutboundTrust.Agent, target, _stopping.Token), allowance);
            isAnswered = true;
            if (isTunnel)
                await client.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), _stopping.Token);
            else
                await server.WriteAsync(head.Rewritten($"{words[0]} {url.PathAndQuery} HTTP/1.1"), _stopping.Token);
            await server.WriteAsync(head.Rest, _stopping.Token);
            await Pump(client, server, isTunnel);
        }
        catch (Exception refusal) when (refusal is OutboundRefusal or UriFormatException)
        {
            _lastRefusal = refusal is OutboundRefusal ? refusal.Message : "The URL could not be read.";
            // In the middle of an answer there is no place for another: that it breaks off says enough.
            if (isAnswered)
                return;
            var text = Encoding.UTF8.GetBytes(_lastRefusal);
            var answer = $"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n";
            await client.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(answer), .. text], _stopping.Token);
        }
    }

    /// <summary>Both ways, until the server is done or both are.</summary>
    private async Task Pump(Stream client, Stream server, bool isTunnel)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var up = Copy(client, server, ended.Token);
        try
        {
            if (!isTunnel)
                await RelayHead(server, client);
            await server.CopyToAsync(client, ended.Token);
        }
        finally
        {
            await ended.CancelAsync();
            await up;
        }
    }

    private static async Task Copy(Stream from, Stream to, CancellationToken cancel)
    {
        try
        {
            await from.CopyToAsync(to, cancel);
        }
        catch (Exception end) when (end is IOException or OperationCanceledException)
        {
            // The other direction says how it ended.
        }
    }

    /// <summary>The head of the answer, and those of "100 Continue" and the like before it, each told to close.</summary>
    private async Task RelayHead(Stream server, Stream client)
    {
        using var head = new MessageHead();
        do
        {
            if (!await head.Read(server, MaxHead, _stopping.Token))
                return;
            await client.WriteAsync(head.Rewritten(head.FirstLine), _stopping.Token);
        }
        while (head.FirstLine.Split(' ') is [_, ['1', _, _], ..]);
        await client.WriteAsync(head.Rest, _stopping.Token);
    }

    /// <summary>The first line and headers of an HTTP message, and what was read behind them.</summary>
    private sealed class MessageHead : IDisposable
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();
        private string[] _lines = [];
        private int _length;

        public string FirstLine => _lines[0];

        public ReadOnlyMemory<byte> Rest => _bytes.WrittenMemory[_length..];

        /// <summary>False when the peer leaves first, or sends more than <paramref name="max"/> bytes of headers.</summary>
        public async Task<bool> Read(Stream from, int max, CancellationToken cancel)
        {
            // A further message begins with what was read behind the last.
            var rest = Rest.ToArray();
            _bytes.Clear();
            _bytes.Write(rest);
            int end;
            while ((end = _bytes.WrittenSpan.IndexOf("\r\n\r\n"u8)) < 0)
            {
                if (_bytes.WrittenCount > max)
                    return false;
                var count = await from.ReadAsync(_bytes.GetMemory(4096), cancel);
                if (count == 0)
                    return false;
                _bytes.Advance(count);
            }
            _length = end + 4;
            _lines = Encoding.Latin1.GetString(_bytes.WrittenSpan[..end]).Split("\r\n");
            return true;
        }

        /// <summary>The head without what is between the program and the proxy, and with the word that the connection ends.</summary>
        public byte[] Rewritten(string firstLine)
        {
            var text = new StringBuilder(firstLine).Append("\r\n");
            foreach (var line in _lines.AsSpan(1))
            {
                if (!Is(line, "Connection:") && !Is(line, "Proxy-Connection:") && !Is(line, "Keep-Alive:") && !Is(line, "Proxy-Authorization:"))
                    text.Append(line).Append("\r\n");
            }
            return Encoding.Latin1.GetBytes(text.Append("Connection: close\r\n\r\n").ToString());
        }

        public void Dispose() => _bytes.Clear();

        private static bool Is(string line, string name) => line.StartsWith(name, StringComparison.OrdinalIgnoreCase);
    }
}

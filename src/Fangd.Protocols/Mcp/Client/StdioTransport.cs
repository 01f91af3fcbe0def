using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>
/// A server that is a child process: one message a line on its standard streams. A line that is longer than a message may be ends the connection:
/// what comes after it could not be told from its rest.
/// </summary>
public sealed class StdioTransport : IMcpTransport
{
    /// <summary>Most bytes of one message.</summary>
    public const int MaxMessage = 8 * 1024 * 1024;

    private readonly Stream _input;
    private readonly PendingCalls _calls = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _reading;

    /// <param name="input">The child's standard input.</param>
    /// <param name="output">The child's standard output.</param>
    public StdioTransport(Stream input, Stream output)
    {
        _input = input;
        _reading = Read(PipeReader.Create(output, new StreamPipeReaderOptions(bufferSize: 4096, leaveOpen: true)));
    }

    public Func<JsonElement, Task<byte[]?>?>? Heard { get; set; }

    public Task<string> Closed => _calls.Closed;

    public Task<JsonElement> Request(McpCall call, CancellationToken cancel) => _calls.Ask(call, Write, cancel);

    public Task Send(McpCall notification, CancellationToken cancel) => Write(notification.Json, cancel);

    public void Begun(string version)
    {
        // The pipe itself is the session.
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _input.DisposeAsync();
        await _reading;
        _end.Dispose();
    }

    private async Task Write(ReadOnlyMemory<byte> json, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            await _input.WriteAsync(json, cancel);
            await _input.WriteAsync("\n"u8.ToArray(), cancel);
            await _input.FlushAsync(cancel);
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException)
        {
            throw PendingCalls.Gone("it closed its standard input");
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task Read(PipeReader output)
    {
        var reason = "it ended";
        // Of the unfinished line: where no end was found need not be looked at again, which for long lines would be the most of the work.
        var scanned = 0L;
        try
        {
            while (true)
            {
                var read = await output.ReadAsync(_end.Token);
                var buffer = read.Buffer;
                while (buffer.Slice(scanned).PositionOf((byte)'\n') is { } end)
                {
                    Take(buffer.Slice(0, end));
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                    scanned = 0;
                }

                scanned = buffer.Length;

                if (buffer.Length > MaxMessage)
                {
                    reason = $"it sent a message of more than {MaxMessage / 1024 / 1024} MiB";
                    break;
                }

                output.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted)
                    break;
            }
        }
        catch (OperationCanceledException)
        {
            reason = "it was closed";
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException or InvalidOperationException)
        {
            reason = "its standard output broke";
        }

        _calls.Close(reason);
        await output.CompleteAsync();
    }

    private void Take(ReadOnlySequence<byte> line)
    {
        // Servers print banners and log lines where only messages should be; what is no message is passed over.
        var message = default(JsonElement);
        if (!line.IsEmpty && line.Length <= MaxMessage && line.FirstSpan[0] is (byte)'{' or (byte)' ')
        {
            try
            {
                message = McpAnswer.Parse(line.ToArray());
            }
            catch (McpException)
            {
                // See above.
            }
        }

        _calls.Take(message, Heard, Write, _end.Token);
    }
}

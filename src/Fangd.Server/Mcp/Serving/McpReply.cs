using System.Buffers;
using System.Text.Json;
using Fangd.Protocols.Mcp.Serving;
using Fangd.Server.Http;

namespace Fangd.Server.Mcp.Serving;

/// <summary>
/// The answer to one POST. It is plain JSON, unless something has to be said before: then it becomes a stream of events that ends with the
/// answer. A client that takes no stream gets the answer alone.
/// </summary>
internal sealed class McpReply(Exchange exchange, McpMessage message, McpSession? session) : IMcpChannel
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);

    // One writer at a time: a method may notify from several threads.
    private readonly SemaphoreSlim _writing = new(1);
    private readonly bool _takesStream = exchange.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
    private SseStream? _stream;

    public ValueTask Notify(string method, Action<Utf8JsonWriter> writeParams, CancellationToken cancel) => _takesStream
        ? Send(json => WriteCall(json, null, method, writeParams), cancel)
        : ValueTask.CompletedTask;

    public async Task<JsonElement> Ask(string method, Action<Utf8JsonWriter> writeParams, CancellationToken cancel)
    {
        if (session is null || !_takesStream)
            throw new McpFault(McpFault.InvalidRequest, "this client cannot be asked: it has no session, or takes no event stream");
        var (question, answer) = session.Question();
        try
        {
            await Send(json => WriteCall(json, question, method, writeParams), cancel);
            return await answer.WaitAsync(_patience, TimeProvider.System, cancel);
        }
        catch (TimeoutException)
        {
            throw new McpFault(McpFault.InternalError, $"the client did not answer {method} within {_patience.TotalMinutes} minutes");
        }
        finally
        {
            session.Forget(question);
        }
    }

    public ValueTask Result(ReadOnlyMemory<byte> result) => Finish(200, json =>
    {
        Head(json);
        json.WritePropertyName("result");
        json.WriteRawValue(result.Span, skipInputValidation: true);
        json.WriteEndObject();
    });

    public ValueTask Fault(McpFault fault, int status) => Finish(status, json => WriteFault(json, message.Id, fault));

    public static void WriteFault(Utf8JsonWriter json, JsonElement id, McpFault fault)
    {
        Head(json, id);
        json.WriteStartObject("error");
        json.WriteNumber("code", fault.Code);
        json.WriteString("message", fault.Message);
        if (fault.WriteData is { } data)
        {
            json.WritePropertyName("data");
            data(json);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void WriteCall(Utf8JsonWriter json, string? id, string method, Action<Utf8JsonWriter> writeParams)
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc", "2.0");
        if (id is not null)
            json.WriteString("id", id);
        json.WriteString("method", method);
        json.WriteStartObject("params");
        writeParams(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Head(Utf8JsonWriter json) => Head(json, message.Id);

    private static void Head(Utf8JsonWriter json, JsonElement id)
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc", "2.0");
        json.WritePropertyName("id");
        if (id.ValueKind is JsonValueKind.Undefined)
            json.WriteNullValue();
        else
            id.WriteTo(json);
    }

    private async ValueTask Send(Action<Utf8JsonWriter> write, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            _stream ??= await SseStream.Open(exchange);
            await WriteEvent(_stream, write);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Through a buffer: schemas and arguments are passed on as their authors laid them out, over several lines too.</summary>
    private static ValueTask WriteEvent(SseStream stream, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, JsonShape.WriterOptions))
            write(json);
        stream.WriteJson(buffer.WrittenSpan);
        return stream.Flush();
    }

    private async ValueTask Finish(int status, Action<Utf8JsonWriter> write)
    {
        await _writing.WaitAsync(exchange.Aborted);
        try
        {
            if (_stream is not null)
            {
                await WriteEvent(_stream, write);
                return;
            }

            exchange.Response.StatusCode = status;
            exchange.Response.ContentType = "application/json";
            var json = exchange.Writer();
            write(json);
            json.Flush();
            await exchange.Flush();
        }
        finally
        {
            _writing.Release();
        }
    }
}

using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;

namespace Fangd.Server.Http;

/// <summary>
/// Writes server-sent events (WHATWG HTML §9.2) and flushes each. One writer at a time: the adapter's loop owns it and also sends the
/// keep-alive comments, every <see cref="KeepAlive"/> of silence, so that proxies do not close the connection.
/// </summary>
internal sealed class SseStream
{
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    private readonly Exchange _exchange;
    private readonly Utf8JsonWriter _json;

    private SseStream(Exchange exchange)
    {
        _exchange = exchange;
        _json = exchange.Writer();
    }

    /// <summary>Sends the headers at once, so that the client knows it is connected before the first event.</summary>
    public static async ValueTask<SseStream> Open(Exchange exchange)
    {
        var response = exchange.Response;
        response.StatusCode = 200;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
        exchange.Http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await response.StartAsync(exchange.Aborted);
        return new SseStream(exchange);
    }

    /// <summary>One event; without a name where the protocol has none (OpenAI).</summary>
    public ValueTask Send(string? name, IAnswer payload)
    {
        Write(name, payload);
        return Flush();
    }

    /// <summary>Buffers one event; several can share one <see cref="Flush"/>.</summary>
    public void Write(string? name, IAnswer payload)
    {
        var body = Begin(name);
        _json.Reset(body);
        payload.WriteTo(_json);
        _json.Flush();
        body.Put("\n\n"u8);
    }

    /// <summary>Buffers one event whose data is written by <paramref name="write"/>; without a name where the protocol has none.</summary>
    public void Write<TState>(string? name, TState state, Action<Utf8JsonWriter, TState> write)
    {
        var body = Begin(name);
        _json.Reset(body);
        write(_json, state);
        _json.Flush();
        body.Put("\n\n"u8);
    }

    /// <summary>Buffers one unnamed event whose data is JSON that is written already; a line end in it, which only ever is white space, would end the data.</summary>
    public void WriteJson(ReadOnlySpan<byte> json)
    {
        var body = Begin(null);
        var line = body.GetSpan(json.Length)[..json.Length];
        json.CopyTo(line);
        line.Replace((byte)'\n', (byte)' ');
        line.Replace((byte)'\r', (byte)' ');
        body.Advance(json.Length);
        body.Put("\n\n"u8);
    }

    public ValueTask SendRaw(ReadOnlySpan<byte> line)
    {
        _exchange.Response.BodyWriter.Put(line);
        return Flush();
    }

    public ValueTask Comment() => SendRaw(": keep-alive\n\n"u8);

    public async ValueTask Flush() => await _exchange.Response.BodyWriter.FlushAsync(_exchange.Aborted);

    private IBufferWriter<byte> Begin(string? name)
    {
        var body = _exchange.Response.BodyWriter;
        if (name is not null)
        {
            body.Put("event: "u8);
            WriteAscii(body, name);
            body.Put("\n"u8);
        }

        body.Put("data: "u8);
        return body;
    }

    private static void WriteAscii(IBufferWriter<byte> body, string text)
    {
        var span = body.GetSpan(text.Length);
        for (var i = 0; i < text.Length; i++)
            span[i] = (byte)text[i];
        body.Advance(text.Length);
    }
}

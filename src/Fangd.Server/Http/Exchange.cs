using System.Net;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fangd.Server.Http;

/// <summary>
/// One request and its response, as a handler sees them. One object a connection, used again for each request on it; a handler must not
/// keep it beyond its own task.
/// </summary>
internal sealed class Exchange
{
    private readonly Range[] _values = new Range[RouteTable.MostParameters];
    private readonly DefaultHttpContext _http = new();
    private Utf8JsonWriter? _json;
    private string _path = "";

    public HttpContext Http => _http;

    public HttpRequest Request => _http.Request;

    public HttpResponse Response => _http.Response;

    public Listener Listener { get; private set; } = null!;

    public Dialect Dialect => Listener.Dialect;

    /// <summary>Null before routing and for paths that do not exist.</summary>
    public Route? Route { get; set; }

    /// <summary>The path as it was sent, without the query, percent-encoded.</summary>
    public ReadOnlySpan<char> RawPath => _path;

    public Span<Range> RouteValues => _values;

    public IPAddress Client { get; set; } = IPAddress.None;

    public long StartedAt { get; set; }

    /// <summary>Most bytes of this request's body.</summary>
    public long BodyLimit { get; set; }

    /// <summary>The client went away.</summary>
    public CancellationToken Aborted => _http.RequestAborted;

    public void Begin(IFeatureCollection features)
    {
        _http.Initialize(features);
        Listener = features.Get<Listener>() ?? throw new InvalidOperationException("the connection has no listener");
        Route = null;
        _path = RawPathOf(features.Get<IHttpRequestFeature>()!);
    }

    public void End() => _http.Uninitialize();

    /// <summary>A path parameter, percent-decoded.</summary>
    public string Value(string name)
    {
        var index = Array.IndexOf(Route!.Parameters, name);
        return Uri.UnescapeDataString(_path.AsSpan(_values[index]));
    }

    /// <summary>A path parameter that must be a UUID; its canonical lower-case form.</summary>
    public string Id(string name)
    {
        var text = Value(name);
        return Guid.TryParseExact(text, "D", out var id)
            ? id.ToString("D")
            : throw ApiException.BadRequest($"'{Shorten(text)}' is not a UUID ({name})");
    }

    public string? Query(string name) => Request.Query.TryGetValue(name, out var value) ? value.ToString() : null;

    /// <summary>A whole number from the query, or the default when it is absent.</summary>
    public int QueryInt(string name, int absent, int least, int most)
    {
        if (Query(name) is not { Length: > 0 } text)
            return absent;
        if (!int.TryParse(text, out var value) || value < least || value > most)
            throw ApiException.BadRequest($"{name} must be a whole number from {least} to {most}");
        return value;
    }

    /// <summary>The JSON body; a missing one, one that is not JSON or has another shape is refused with the field's name.</summary>
    public ValueTask<T> ReadJson<T>()
        where T : class, IRequest<T> =>
        ReadBody(JsonFields.Read<T>);

    /// <summary>As <see cref="ReadJson{T}"/>, but an absent body gives null.</summary>
    public async ValueTask<T?> ReadOptionalJson<T>()
        where T : class, IRequest<T>
    {
        using var body = await RequestBody.Read(this);
        return body.Length == 0 ? null : Parse(body, JsonFields.Read<T>);
    }

    /// <summary>As <see cref="ReadJson{T}"/>, for a body of a shape that its reader knows.</summary>
    public ValueTask<JsonElement> ReadElement() => ReadBody(JsonValues.Parse);

    public Task Ok(IAnswer answer) => Json(200, answer);

    public Task Created(IAnswer answer) => Json(201, answer);

    /// <summary>The answer of a delete: the body, or 204 where the dialect says so.</summary>
    public Task Deleted(IAnswer answer)
    {
        if (!Dialect.DeletesAreEmpty)
            return Json(200, answer);
        Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    public Task Json(int status, IAnswer answer)
    {
        var json = Begin(status);
        answer.WriteTo(json);
        json.Flush();
        return Flush();
    }

    /// <summary>A JSON object whose fields are written by hand.</summary>
    public Task Write(int status, Action<Utf8JsonWriter> fields)
    {
        var json = Begin(status);
        json.WriteStartObject();
        fields(json);
        json.WriteEndObject();
        json.Flush();
        return Flush();
    }

    /// <summary>Writes a body that is encoded already.</summary>
    public Task Bytes(int status, string contentType, ReadOnlyMemory<byte> body)
    {
        Response.StatusCode = status;
        Response.ContentType = contentType;
        Response.ContentLength = body.Length;
        return Response.BodyWriter.WriteAsync(body, Aborted).AsTask();
    }

    /// <summary>A JSON writer over the response body; flush it, then call <see cref="Flush"/>.</summary>
    public Utf8JsonWriter Writer()
    {
        if (_json is null)
            _json = new Utf8JsonWriter(Response.BodyWriter, JsonShape.WriterOptions);
        else
            _json.Reset(Response.BodyWriter);
        return _json;
    }

    public Task Flush()
    {
        var flush = Response.BodyWriter.FlushAsync(Aborted);
        return flush.IsCompletedSuccessfully ? Task.CompletedTask : flush.AsTask();
    }

    private Utf8JsonWriter Begin(int status)
    {
        Response.StatusCode = status;
        Response.ContentType = "application/json";
        return Writer();
    }

    private async ValueTask<T> ReadBody<T>(Func<ReadOnlyMemory<byte>, T> read)
    {
        using var body = await RequestBody.Read(this);
        return body.Length > 0 ? Parse(body, read) : throw ApiException.BadRequest("the body is empty: a JSON object is expected");
    }

    private static T Parse<T>(RequestBody body, Func<ReadOnlyMemory<byte>, T> read)
    {
        // The parser leaves the bytes of strings for later; here they are still the caller's fault.
        if (!Utf8.IsValid(body.Span))
            throw ApiException.BadRequest("the body is not UTF-8");
        if (JsonShape.HasHalfCharacter(body.Span))
            throw ApiException.BadRequest("the body is not text: a \\u escape stands for half a character");
        try
        {
            return read(body.Memory);
        }
        catch (JsonException wrong)
        {
            throw ApiException.BadRequest(JsonShape.Explain(wrong));
        }
    }

    private static string RawPathOf(IHttpRequestFeature request)
    {
        var target = request.RawTarget;
        if (target is not ['/', ..])
            return request.Path;
        var query = target.IndexOf('?');
        var path = query < 0 ? target : target[..query];
        // The whole API is also mounted below /api/v1, as LibreFang's is.
        return path.StartsWith("/api/v1/", StringComparison.Ordinal) ? string.Concat("/api/", path.AsSpan(8)) : path;
    }

    private static string Shorten(string text) => text.Length <= 64 ? text : text[..(char.IsHighSurrogate(text[63]) ? 63 : 64)] + "…";
}

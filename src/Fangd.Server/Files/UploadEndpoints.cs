using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.Files;

/// <summary>Takes files for an agent and gives them back.</summary>
internal sealed class UploadEndpoints(AgentRegistry registry, UploadStore store)
{
    public void Map(RouteTable routes, long limit)
    {
        routes.Post("/api/agents/{id}/upload", Post).MaxBody(limit + FormOverhead).Costs(5);
        routes.Get("/api/uploads/{file_id}", Get);
        _limit = limit;
    }

    /// <summary>What a form adds to the file in it.</summary>
    private const int FormOverhead = 2048;

    private long _limit;

    private async Task Post(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        using var raw = await RequestBody.ReadRaw(exchange);
        var body = await UploadBody.Read(exchange, raw);
        if (body.Bytes.Length > _limit)
            throw RequestBody.TooLarge(_limit);
        if (body.Bytes.Length == 0)
            throw ApiException.BadRequest("the file is empty");
        var type = UploadType.Normalise(body.ContentType)
            ?? throw new ApiException(ApiFault.UnsupportedMediaType, $"the media type '{body.ContentType}' is not taken: image/*, text/*, audio/* and application/pdf are");
        if (!UploadType.Fits(type, body.Bytes.Span))
            throw new ApiException(ApiFault.UnsupportedMediaType, $"the file is not what its media type {type} says");
        var upload = await store.Add(agent.Id, body.Filename, type, body.Bytes);
        await exchange.Created(new UploadAnswer(upload.Id, upload.Filename, upload.ContentType, upload.Size));
    }

    private async Task Get(Exchange exchange)
    {
        var id = exchange.Id("file_id");
        var upload = store.Find(id) ?? throw ApiException.NotFound($"Upload '{id}' not found");
        var headers = exchange.Response.Headers;
        // Whatever it is, a browser must not run it as part of this origin; the strict CSP of every response says so once more.
        headers.ContentDisposition = $"{(UploadType.IsSafeInline(upload.ContentType) ? "inline" : "attachment")}; filename*=UTF-8''{Uri.EscapeDataString(upload.Filename)}";
        headers.CacheControl = "private, max-age=31536000, immutable";
        headers.ETag = $"\"{upload.Hash}\"";
        await exchange.Bytes(200, upload.ContentType.StartsWith("text/", StringComparison.Ordinal) ? $"{upload.ContentType}; charset=utf-8" : upload.ContentType, await store.Bytes(upload, exchange.Aborted));
    }
}

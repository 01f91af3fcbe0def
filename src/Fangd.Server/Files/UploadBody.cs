using System.Text;
using Fangd.Server.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Fangd.Server.Files;

/// <summary>What an upload request holds: the body itself, or the first file of a form (RFC 7578).</summary>
internal sealed record UploadBody(string Filename, string? ContentType, ReadOnlyMemory<byte> Bytes)
{
    private const int LongestName = 255;

    /// <summary>Reads the request; the bytes are valid until <paramref name="body"/> is disposed.</summary>
    public static async Task<UploadBody> Read(Exchange exchange, RequestBody body)
    {
        var declared = exchange.Request.ContentType;
        if (declared?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) != true)
            return new UploadBody(SafeName(HeaderName(exchange)), declared, body.Memory);
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.TryParse(declared, out var type) ? type.Boundary : default).Value;
        if (boundary is not { Length: > 0 and <= 200 })
            throw ApiException.BadRequest("the Content-Type names no boundary of the form");
        return await FirstFile(new MultipartReader(boundary, new MemoryStream(body.Memory.ToArray(), writable: false)), exchange.Aborted)
            ?? throw ApiException.BadRequest("the form has no file: name the part file and give it a filename");
    }

    private static async Task<UploadBody?> FirstFile(MultipartReader reader, CancellationToken aborted)
    {
        try
        {
            while (await reader.ReadNextSectionAsync(aborted) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                    continue;
                var name = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value;
                if (string.IsNullOrEmpty(name) && disposition.Name != "file")
                    continue;
                using var bytes = new MemoryStream();
                await section.Body.CopyToAsync(bytes, aborted);
                return new UploadBody(SafeName(name), section.ContentType, bytes.ToArray());
            }

            return null;
        }
        catch (Exception broken) when (broken is IOException or InvalidDataException)
        {
            throw ApiException.BadRequest("the form is not well formed (RFC 7578)");
        }
    }

    /// <summary>Headers are ASCII; who needs more encodes the name as in a URL.</summary>
    private static string HeaderName(Exchange exchange)
    {
        var name = exchange.Request.Headers["X-Filename"].ToString();
        return name.Contains('%') ? Uri.UnescapeDataString(name) : name;
    }

    /// <summary>The last part of a path, without what could do harm in a header, a list or a folder.</summary>
    private static string SafeName(string? name)
    {
        var last = (name ?? "")[((name ?? "").LastIndexOfAny(['/', '\\']) + 1)..];
        var safe = new StringBuilder();
        foreach (var rune in last.EnumerateRunes())
        {
            if (safe.Length < LongestName && !Rune.IsControl(rune) && rune.Value is not ('"' or '\'' or '<' or '>' or '|' or ':' or '*' or '?'))
                safe.Append(rune);
        }

        var text = safe.ToString().Trim().TrimStart('.');
        return text.Length > 0 ? text : "upload";
    }
}

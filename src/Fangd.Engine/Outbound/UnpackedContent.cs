using System.IO.Compression;
using System.Net;

namespace Fangd.Engine.Outbound;

/// <summary>
/// A body that came in gzip, unpacked while it is read. The client's own decompression would do the same, and would link Brotli with its dictionary
/// into the binary.
/// </summary>
internal sealed class UnpackedContent : HttpContent
{
    private readonly HttpContent _packed;

    public UnpackedContent(HttpContent packed)
    {
        _packed = packed;
        foreach (var header in packed.Headers.NonValidated)
        {
            if (!header.Key.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase) && !header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                Headers.TryAddWithoutValidation(header.Key, header.Value);
        }
    }

    /// <summary>Whether the body is in gzip and in nothing else.</summary>
    public static bool Fits(HttpContent content) =>
        content.Headers.ContentEncoding is { Count: 1 } encodings && encodings.Contains("gzip");

    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        new GZipStream(await _packed.ReadAsStreamAsync(cancellationToken), CompressionMode.Decompress);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await using var unpacked = await CreateContentReadStreamAsync(cancellationToken);
        await unpacked.CopyToAsync(stream, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _packed.Dispose();
        base.Dispose(disposing);
    }
}

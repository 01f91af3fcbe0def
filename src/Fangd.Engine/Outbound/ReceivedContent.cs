using System.IO.Compression;
using System.Net;

namespace Fangd.Engine.Outbound;

/// <summary>
/// A body while it is read: counted as it came over the wire, and unpacked when that was in gzip. The client's own decompression would do the
/// same, and would link Brotli with its dictionary into the binary.
/// </summary>
internal sealed class ReceivedContent : HttpContent
{
    private readonly HttpContent _sent;
    private readonly NetworkAllowance? _allowance;
    private readonly bool _isPacked;

    private ReceivedContent(HttpContent sent, NetworkAllowance? allowance, bool isPacked)
    {
        (_sent, _allowance, _isPacked) = (sent, allowance, isPacked);
        foreach (var header in sent.Headers.NonValidated)
        {
            if (!isPacked || !(Is(header.Key, "Content-Encoding") || Is(header.Key, "Content-Length")))
                Headers.TryAddWithoutValidation(header.Key, header.Value);
        }
    }

    /// <summary>The content itself where nothing is to be done to it.</summary>
    public static HttpContent Of(HttpContent sent, NetworkAllowance? allowance)
    {
        // In gzip and in nothing else.
        var isPacked = sent.Headers.ContentEncoding is { Count: 1 } encodings && encodings.Contains("gzip");
        return isPacked || allowance is not null ? new ReceivedContent(sent, allowance, isPacked) : sent;
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken)
    {
        var body = await _sent.ReadAsStreamAsync(cancellationToken);
        if (_allowance is { } allowance)
            body = new MeteredStream(body, allowance);
        return _isPacked ? new GZipStream(body, CompressionMode.Decompress) : body;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await using var body = await CreateContentReadStreamAsync(cancellationToken);
        await body.CopyToAsync(stream, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _sent.Dispose();
        base.Dispose(disposing);
    }

    private static bool Is(string name, string header) => name.Equals(header, StringComparison.OrdinalIgnoreCase);
}

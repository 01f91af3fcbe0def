using System.Net;
using System.Net.Http.Headers;

namespace Fangd.Protocols.Llm;

/// <summary>
/// A JSON body in a pooled buffer, sent with its length. The buffer goes back to the pool only when no send is under way: a server may answer
/// (and the answer be disposed) while the body is still being written, and then the array must not become somebody else's.
/// </summary>
internal sealed class JsonRequestContent : HttpContent
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly PooledBytes body;
    private readonly Lock guard = new();
    private int sending;
    private bool isDisposed;

    /// <summary>Takes over <paramref name="body"/>.</summary>
    public JsonRequestContent(PooledBytes body)
    {
        this.body = body;
        Headers.ContentType = Json;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken run)
    {
        lock (guard)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            sending++;
        }

        try
        {
            await stream.WriteAsync(body.Memory, run);
        }
        finally
        {
            lock (guard)
            {
                if (--sending == 0 && isDisposed) body.Dispose();
            }
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (guard)
            {
                isDisposed = true;
                if (sending == 0) body.Dispose();
            }
        }

        base.Dispose(disposing);
    }
}

using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace Fangd.Server.Http;

/// <summary>A request body in one rented buffer.</summary>
internal readonly struct RequestBody(byte[] buffer, int length) : IDisposable
{
    public int Length => length;

    public ReadOnlySpan<byte> Span => buffer.AsSpan(0, length);

    public ReadOnlyMemory<byte> Memory => buffer.AsMemory(0, length);

    /// <summary>Reads a JSON body: another media type is 415, more bytes than the limit are 413.</summary>
    public static ValueTask<RequestBody> Read(Exchange exchange)
    {
        var type = exchange.Request.ContentType;
        if (type is not null && !IsJson(type))
            throw new ApiException(ApiFault.UnsupportedMediaType, $"the media type must be application/json, not {type}");
        return ReadRaw(exchange);
    }

    /// <summary>Reads a body of any media type.</summary>
    public static async ValueTask<RequestBody> ReadRaw(Exchange exchange)
    {
        var limit = exchange.BodyLimit;
        if (exchange.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = limit;
        var expected = exchange.Request.ContentLength;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(expected ?? 4096, 1, limit + 1));
        var filled = 0;
        try
        {
            var reader = exchange.Request.BodyReader;
            while (true)
            {
                var read = await reader.ReadAsync(exchange.Aborted);
                var chunk = read.Buffer;
                var more = (int)Math.Min(chunk.Length, int.MaxValue);
                if (filled + (long)more > limit)
                    throw TooLarge(limit);
                if (filled + more > buffer.Length)
                    buffer = Grow(buffer, filled, filled + more);
                chunk.CopyTo(buffer.AsSpan(filled));
                filled += more;
                reader.AdvanceTo(chunk.End);
                if (read.IsCompleted)
                    return new RequestBody(buffer, filled);
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    public static ApiException TooLarge(long limit) => new(ApiFault.TooLarge, $"the body is larger than {limit} bytes");

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);

    private static bool IsJson(string type)
    {
        var media = type.AsSpan();
        var semicolon = media.IndexOf(';');
        media = (semicolon < 0 ? media : media[..semicolon]).Trim();
        return media.Equals("application/json", StringComparison.OrdinalIgnoreCase) || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }

    private static byte[] Grow(byte[] buffer, int filled, int least)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(least, buffer.Length * 2));
        buffer.AsSpan(0, filled).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}

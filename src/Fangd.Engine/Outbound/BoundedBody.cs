namespace Fangd.Engine.Outbound;

/// <summary>Reads bodies to a limit that counts what comes out of the decompression, so that a small answer cannot grow without end.</summary>
public static class BoundedBody
{
    /// <summary>The whole body. Throws <see cref="OutboundRefusal"/> when it is longer than <paramref name="maxBytes"/> or breaks off.</summary>
    public static async Task<byte[]> Read(HttpContent content, int maxBytes, CancellationToken cancel)
    {
        try
        {
            await using var body = await content.ReadAsStreamAsync(cancel);
            var buffer = new byte[Math.Min(maxBytes, 16 * 1024)];
            var filled = 0;
            while (true)
            {
                if (filled == buffer.Length)
                {
                    // The byte beyond the limit tells a body that just fits from one that does not.
                    if (filled > maxBytes)
                        throw new OutboundRefusal($"The answer is larger than {maxBytes} bytes; it was not read to its end.");
                    Array.Resize(ref buffer, (int)Math.Min((long)buffer.Length * 2, (long)maxBytes + 1));
                }
                var count = await body.ReadAsync(buffer.AsMemory(filled), cancel);
                if (count == 0)
                    return buffer[..filled];
                filled += count;
            }
        }
        catch (Exception broken) when (broken is IOException or InvalidDataException or (HttpRequestException and not OutboundRefusal))
        {
            throw new OutboundRefusal("The answer broke off before its end, or its compression is damaged.");
        }
    }
}

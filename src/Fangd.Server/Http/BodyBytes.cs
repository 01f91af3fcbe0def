using System.Buffers;

namespace Fangd.Server.Http;

/// <summary>
/// Copies bytes into a response body. <see cref="BuffersExtensions"/> can't be used for it: it asks for a span without a size, and
/// before the response has started Kestrel may answer that with an empty one.
/// </summary>
internal static class BodyBytes
{
    private const int Piece = 4096;

    public static void Put(this IBufferWriter<byte> body, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var length = Math.Min(bytes.Length, Piece);
            bytes[..length].CopyTo(body.GetSpan(length));
            body.Advance(length);
            bytes = bytes[length..];
        }
    }
}

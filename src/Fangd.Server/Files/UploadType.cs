namespace Fangd.Server.Files;

/// <summary>Which media types are taken, and whether the bytes are what the type says: a page that calls itself a picture is refused.</summary>
internal static class UploadType
{
    /// <summary>The media type without parameters, in lower case; null for one that is not taken.</summary>
    public static string? Normalise(string? declared)
    {
        var type = (declared ?? "").Split(';')[0].Trim().ToLowerInvariant();
        return type is "application/pdf" || type.StartsWith("image/", StringComparison.Ordinal) || type.StartsWith("text/", StringComparison.Ordinal) ||
            type.StartsWith("audio/", StringComparison.Ordinal)
            ? type
            : null;
    }

    /// <summary>False when the type has a signature that the bytes lack.</summary>
    public static bool Fits(string type, ReadOnlySpan<byte> bytes) => type switch
    {
        "image/png" => bytes is [0x89, 0x50, 0x4E, 0x47, ..],
        "image/jpeg" => bytes is [0xFF, 0xD8, 0xFF, ..],
        "image/gif" => bytes.StartsWith("GIF8"u8),
        "image/webp" => bytes.Length > 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8),
        "application/pdf" => bytes.StartsWith("%PDF-"u8),
        _ => true,
    };

    /// <summary>Whether a browser may show it in place: nothing that can hold a script.</summary>
    public static bool IsSafeInline(string type) =>
        type is "image/png" or "image/jpeg" or "image/gif" or "image/webp" or "text/plain" || type.StartsWith("audio/", StringComparison.Ordinal);
}

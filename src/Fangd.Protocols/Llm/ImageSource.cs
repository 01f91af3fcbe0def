namespace Fangd.Protocols.Llm;

/// <summary>Where the bytes of an image are, for providers that tell inline data and addresses apart.</summary>
internal readonly ref struct ImageSource
{
    public ImageSource(LlmImage image)
    {
        MediaType = image.MediaType;
        Data = image.Base64;
        Url = image.Url;
        if (image.Base64 is not null || image.Url is null || !image.Url.StartsWith("data:", StringComparison.OrdinalIgnoreCase)) return;

        // Inline after all: data:image/png;base64,AAAA
        var comma = image.Url.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0) return;
        var type = image.Url.AsSpan(5, comma - 5);
        var end = type.IndexOf(';');
        MediaType = end < 0 ? type : type[..end];
        Data = image.Url.AsSpan(comma + 1);
        Url = null;
    }

    public ReadOnlySpan<char> MediaType { get; }

    /// <summary>Base64; empty where <see cref="Url"/> is set.</summary>
    public ReadOnlySpan<char> Data { get; }

    public string? Url { get; }
}

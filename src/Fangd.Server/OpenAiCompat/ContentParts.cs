using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;

namespace Fangd.Server.OpenAiCompat;

/// <summary>Reads the content of a user message: a string, or an array of text and image parts.</summary>
internal static class ContentParts
{
    public static IReadOnlyList<LlmPart> Read(JsonElement content, string at)
    {
        if (content.ValueKind == JsonValueKind.String)
            return [new LlmText(content.GetString()!)];
        if (content.ValueKind != JsonValueKind.Array || content.GetArrayLength() == 0)
            throw ApiException.BadRequest($"{at} must be a string or a non-empty array of parts");
        var parts = new List<LlmPart>(content.GetArrayLength());
        var index = 0;
        foreach (var part in content.EnumerateArray())
            parts.Add(Part(part, $"{at}[{index++}]"));
        return parts;
    }

    private static LlmPart Part(JsonElement part, string at)
    {
        var type = part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var t) && t.ValueKind == JsonValueKind.String ? t.GetString() : null;
        switch (type)
        {
            case "text" or "input_text" or "output_text":
                return part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String
                    ? new LlmText(text.GetString()!)
                    : throw ApiException.BadRequest($"{at}.text must be a string");
            case "image_url" or "input_image":
                return Image(part, at);
            default:
                throw ApiException.BadRequest($"{at}.type '{type}' is not supported here; text and images are");
        }
    }

    private static LlmImage Image(JsonElement part, string at)
    {
        if (!part.TryGetProperty("image_url", out var image))
            throw ApiException.BadRequest($"{at}.image_url is missing");
        var source = image.ValueKind == JsonValueKind.Object && image.TryGetProperty("url", out var u) ? u : image;
        if (source.ValueKind != JsonValueKind.String)
            throw ApiException.BadRequest($"{at}.image_url.url must be a string");
        var url = source.GetString()!;
        var detail = image.ValueKind == JsonValueKind.Object && image.TryGetProperty("detail", out var d) && d.ValueKind == JsonValueKind.String ? d.GetString() : null;
        if (!url.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
        {
            return Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? new LlmImage("image/*", null, url, detail)
                : throw ApiException.BadRequest($"{at}.image_url.url must be a data: or http(s) URL");
        }

        // data:image/png;base64,AAAA (RFC 2397)
        var comma = url.IndexOf(',');
        var head = comma < 0 ? "" : url[5..comma];
        if (!head.StartsWith("image/", StringComparison.OrdinalIgnoreCase) || !head.EndsWith(";base64", StringComparison.OrdinalIgnoreCase))
            throw ApiException.BadRequest($"{at}.image_url.url must be data:image/…;base64,…");
        return new LlmImage(head[..head.IndexOf(';')], url[(comma + 1)..], null, detail);
    }
}

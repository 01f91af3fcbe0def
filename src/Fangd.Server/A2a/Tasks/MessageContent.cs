using System.Text;
using Fangd.Protocols.A2a;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;

namespace Fangd.Server.A2a.Tasks;

/// <summary>What a model sees of a message: texts and data as text, pictures as pictures, small text files as text.</summary>
internal sealed class MessageContent(int maxMessageBytes)
{
    public IReadOnlyList<LlmPart> Read(A2aMessage message)
    {
        var parts = new List<LlmPart>(message.Parts.Count);
        var length = 0;
        for (var i = 0; i < message.Parts.Count; i++)
        {
            var part = Part(message.Parts[i], $"message.parts[{i}]");
            if (part is LlmText text)
                length += Encoding.UTF8.GetByteCount(text.Text);
            parts.Add(part);
        }

        if (length > maxMessageBytes)
            throw new ApiException(ApiFault.TooLarge, $"the text of message.parts is larger than {maxMessageBytes} bytes");
        return parts.Exists(part => part is not LlmText text || !string.IsNullOrWhiteSpace(text.Text))
            ? parts
            : throw A2aFault.Params("message.parts has no text");
    }

    /// <summary>The message as its row keeps it: of files only what they were, because a list of a hundred tasks would carry them all.</summary>
    public static A2aMessage WithoutFiles(A2aMessage message) => message.Parts.All(part => part.Raw is null)
        ? message
        : message with { Parts = [.. message.Parts.Select(part => part.Raw is null ? part : A2aPart.Of($"[{part.Filename ?? "file"} ({part.MediaType ?? "unknown type"}) was here]"))] };

    private static LlmPart Part(A2aPart part, string at)
    {
        if (part.Text is not null)
            return new LlmText(part.Text);
        if (part.Data is { } data)
            return new LlmText($"\n```json\n{data.GetRawText()}\n```\n");
        var type = part.MediaType?.Split(';')[0].Trim().ToLowerInvariant() ?? "";
        if (type is "image/png" or "image/jpeg" or "image/gif" or "image/webp")
        {
            if (part.Raw is not null)
                return new LlmImage(type, part.Raw, null);
            return Uri.TryCreate(part.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
                ? new LlmImage(type, null, part.Url)
                : throw A2aFault.Params($"{at}.url must be an http(s) URL");
        }

        if (part.Raw is not null && (type.StartsWith("text/", StringComparison.Ordinal) || type == "application/json"))
            return new LlmText($"\n[file {part.Filename ?? "without a name"}]\n{Encoding.UTF8.GetString(Convert.FromBase64String(part.Raw))}\n[end of file]\n");
        throw A2aFault.ContentType($"{at}: files of the type '{type}' are not taken; text, data and pictures are");
    }
}

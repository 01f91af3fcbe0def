using System.Text;
using System.Text.Json;
using Fangd.Server.Http;

namespace Fangd.Server.OpenAiCompat;

/// <summary>Reads fields of foreign requests; null counts as absent, and a field of the wrong type is a 400 that names it.</summary>
internal static class RequestFields
{
    public static string? Text(JsonElement owner, string name, string? at = null)
    {
        if (!owner.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : throw ApiException.BadRequest($"{(at is null ? name : $"{at}.{name}")} must be a string");
    }

    public static bool Flag(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw ApiException.BadRequest($"{name} must be true or false"),
        };

    public static double? Number(JsonElement owner, string name, double least, double most)
    {
        if (!owner.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most
            ? number
            : throw ApiException.BadRequest($"{name} must be a number from {least} to {most}");
    }

    /// <summary>The text of a content that is a string or an array of parts; parts without text add nothing.</summary>
    public static string PlainText(JsonElement content, string at)
    {
        switch (content.ValueKind)
        {
            case JsonValueKind.String:
                return content.GetString()!;
            case JsonValueKind.Null or JsonValueKind.Undefined:
                return "";
            case JsonValueKind.Array:
                var text = new StringBuilder();
                foreach (var part in content.EnumerateArray())
                {
                    if (part.ValueKind == JsonValueKind.Object && (Text(part, "text", at) ?? Text(part, "refusal", at)) is { } piece)
                        text.Append(piece);
                }

                return text.ToString();
            default:
                throw ApiException.BadRequest($"{at} must be a string or an array of parts");
        }
    }

    /// <summary>The JSON Schema of a tool as UTF-8; an object without properties where there is none.</summary>
    public static byte[] Schema(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var schema) && schema.ValueKind == JsonValueKind.Object
            ? Encoding.UTF8.GetBytes(schema.GetRawText())
            : """{"type":"object","properties":{}}"""u8.ToArray();

    /// <summary>The elements of an array field, each with its place for messages; none when it is absent or null.</summary>
    public static IEnumerable<(JsonElement Item, string At)> Items(JsonElement owner, string name)
    {
        if (!owner.TryGetProperty(name, out var list) || list.ValueKind == JsonValueKind.Null)
            yield break;
        if (list.ValueKind != JsonValueKind.Array)
            throw ApiException.BadRequest($"{name} must be an array");
        var index = 0;
        foreach (var item in list.EnumerateArray())
        {
            var at = $"{name}[{index++}]";
            yield return item.ValueKind == JsonValueKind.Object ? (item, at) : throw ApiException.BadRequest($"{at} must be an object");
        }
    }
}

using System.Text.Json;
using Fangd.Server.Http;

namespace Fangd.Server.Agents;

/// <summary>Rules for the fields that only people and pages read; a manifest may hold anything there, the API not.</summary>
internal static class IdentityCheck
{
    private const int LongestUrl = 256 * 1024;

    public static void Demand(string field, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
            return;
        switch (field)
        {
            case "name":
                Text(field, value, 256);
                if (string.IsNullOrWhiteSpace(value.GetString()))
                    throw ApiException.BadRequest("name must not be empty");
                break;
            case "color":
                if (!IsHexColor(Text(field, value, 16)))
                    throw ApiException.BadRequest("color must be a CSS hex colour such as #ff8800");
                break;
            case "avatar_url":
                var url = Text(field, value, LongestUrl);
                var isImage = url.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase)
                    || (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https");
                if (url.Length > 0 && !isImage)
                    throw ApiException.BadRequest("avatar_url must be an http, https or data:image URL");
                break;
            case "base_url":
                var address = Text(field, value, 2048);
                if (address.Length > 0 && !(Uri.TryCreate(address, UriKind.Absolute, out var target) && target.Scheme is "http" or "https"))
                    throw ApiException.BadRequest("base_url must be an http or https URL");
                break;
            case "emoji" or "archetype" or "vibe" or "greeting_style":
                Text(field, value, 256);
                break;
        }
    }

    private static string Text(string field, JsonElement value, int longest)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw ApiException.BadRequest($"{field} must be a string");
        var text = value.GetString()!;
        return text.Length <= longest ? text : throw ApiException.BadRequest($"{field} is longer than {longest} characters");
    }

    private static bool IsHexColor(string text) =>
        text is ['#', .. { Length: 3 or 4 or 6 or 8 } digits] && digits.All(char.IsAsciiHexDigit);
}

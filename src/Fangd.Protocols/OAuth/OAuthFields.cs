using System.Text.Json;

namespace Fangd.Protocols.OAuth;

/// <summary>Fields of documents that others wrote: one of a wrong type counts as absent.</summary>
internal static class OAuthFields
{
    public static string? Text(this JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static bool Flag(this JsonElement owner, string name) => owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>Words of others, in one line that is not too long, for a sentence.</summary>
    public static string Shown(this string text) => string.Create(Math.Min(text.Length, 200), text, static (line, from) =>
    {
        for (var i = 0; i < line.Length; i++)
            line[i] = char.IsControl(from[i]) || char.IsSurrogate(from[i]) ? ' ' : from[i];
    }).TrimEnd(' ', '.');

    /// <summary>Null where the field is absent, which often does not mean the same as an empty list.</summary>
    public static List<string>? Texts(this JsonElement owner, string name)
    {
        if (!owner.TryGetProperty(name, out var list) || list.ValueKind != JsonValueKind.Array)
            return null;
        var texts = new List<string>();
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String)
                texts.Add(item.GetString()!);
        }

        return texts;
    }

    /// <summary>A number of seconds; some servers write it as a string.</summary>
    public static double? Seconds(this JsonElement owner, string name)
    {
        if (!owner.TryGetProperty(name, out var value))
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds))
            return seconds;
        return value.ValueKind == JsonValueKind.String && double.TryParse(value.GetString(), System.Globalization.CultureInfo.InvariantCulture, out seconds) ? seconds : null;
    }
}

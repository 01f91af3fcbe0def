using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>Lists of resources and prompts as texts that a model reads, a line each.</summary>
internal static class McpListings
{
    /// <summary>Most characters of what a server says about one entry.</summary>
    private const int LongestDescription = 500;

    /// <summary>Adds a line for each entry: its <paramref name="key"/>, its name where that is another, the arguments of a prompt, and what is said of it.</summary>
    public static void Write(StringBuilder text, JsonElement page, string field, string key)
    {
        foreach (var entry in Entries(page, field))
        {
            if (McpAnswer.Text(entry, key) is not { Length: > 0 } address || text.Length > McpContent.Most)
                continue;
            text.Append(text.Length > 0 ? "\n" : "").Append(address);
            if (key != "name" && McpAnswer.Text(entry, "name") is { } name)
                text.Append(" (").Append(name).Append(')');
            foreach (var argument in Entries(entry, "arguments"))
            {
                var isRequired = argument.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.True;
                text.Append(isRequired ? " {" : " [").Append(McpAnswer.Text(argument, "name")).Append(isRequired ? '}' : ']');
            }

            if (McpAnswer.Text(entry, "description") is { Length: > 0 } description)
                text.Append(": ").Append(description, 0, Math.Min(description.Length, LongestDescription));
        }
    }

    /// <summary>The objects of a list; none where there is no list.</summary>
    private static List<JsonElement> Entries(JsonElement owner, string name)
    {
        var entries = new List<JsonElement>();
        if (!owner.TryGetProperty(name, out var list) || list.ValueKind != JsonValueKind.Array)
            return entries;
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.Object)
                entries.Add(entry);
        }

        return entries;
    }
}

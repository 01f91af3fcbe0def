using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>Lists of resources and prompts as texts that a model reads, a line each.</summary>
internal static class McpListings
{
    /// <summary>Most characters of what a server says about one entry.</summary>
    private const int LongestDescription = 500;

    /// <param name="text">Where the lines go.</param>
    /// <param name="page">A page of the list.</param>
    /// <param name="field">Its list: of resources, or of templates for their addresses.</param>
    /// <param name="key">The field of an entry that addresses it.</param>
    public static void Resources(StringBuilder text, JsonElement page, string field, string key)
    {
        foreach (var resource in Entries(page, field))
        {
            if (McpAnswer.Text(resource, key) is not { Length: > 0 } address || text.Length > McpContent.Most)
                continue;
            Begin(text, address);
            if (McpAnswer.Text(resource, "name") is { } name)
                text.Append(" (").Append(name).Append(')');
            Describe(text, resource);
        }
    }

    public static void Prompts(StringBuilder text, JsonElement page)
    {
        foreach (var prompt in Entries(page, "prompts"))
        {
            if (McpAnswer.Text(prompt, "name") is not { Length: > 0 } name || text.Length > McpContent.Most)
                continue;
            Begin(text, name);
            foreach (var argument in Entries(prompt, "arguments"))
            {
                var isRequired = argument.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.True;
                text.Append(isRequired ? " {" : " [").Append(McpAnswer.Text(argument, "name")).Append(isRequired ? '}' : ']');
            }

            Describe(text, prompt);
        }
    }

    private static void Begin(StringBuilder text, string key) => text.Append(text.Length > 0 ? "\n" : "").Append(key);

    private static void Describe(StringBuilder text, JsonElement entry)
    {
        if (McpAnswer.Text(entry, "description") is { Length: > 0 } description)
            text.Append(": ").Append(description, 0, Math.Min(description.Length, LongestDescription));
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

using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>Lists of resources and prompts as texts that a model reads, a line each.</summary>
internal static class McpListings
{
    /// <summary>Most characters of what a server says about one entry.</summary>
    private const int LongestDescription = 500;

    public static void Resources(StringBuilder text, JsonElement result)
    {
        foreach (var resource in Entries(result, "resources"))
            Line(text, McpAnswer.Text(resource, "uri"), resource, McpAnswer.Text(resource, "name"), McpAnswer.Text(resource, "mimeType"));
    }

    public static void Templates(StringBuilder text, JsonElement result)
    {
        foreach (var template in Entries(result, "resourceTemplates"))
            Line(text, McpAnswer.Text(template, "uriTemplate"), template, McpAnswer.Text(template, "name"), "template: fill in the braces");
    }

    public static void Prompts(StringBuilder text, JsonElement result)
    {
        foreach (var prompt in Entries(result, "prompts"))
        {
            var arguments = new StringBuilder();
            foreach (var argument in Entries(prompt, "arguments"))
            {
                var isRequired = argument.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.True;
                arguments.Append(arguments.Length > 0 ? ", " : "arguments: ").Append(McpAnswer.Text(argument, "name")).Append(isRequired ? "" : " (optional)");
            }

            Line(text, McpAnswer.Text(prompt, "name"), prompt, arguments.ToString());
        }
    }

    private static void Line(StringBuilder text, string? key, JsonElement entry, params ReadOnlySpan<string?> about)
    {
        if (string.IsNullOrEmpty(key) || text.Length > McpContent.Most)
            return;
        text.Append(text.Length > 0 ? "\n" : "").Append(key);
        var isFirst = true;
        foreach (var one in about)
        {
            if (string.IsNullOrEmpty(one))
                continue;
            text.Append(isFirst ? " (" : ", ").Append(one);
            isFirst = false;
        }

        if (!isFirst)
            text.Append(')');
        if (McpAnswer.Text(entry, "description") is { Length: > 0 } description)
            text.Append(": ").Append(description.Length > LongestDescription ? description[..LongestDescription] : description);
    }

    private static IEnumerable<JsonElement> Entries(JsonElement owner, string name)
    {
        if (owner.ValueKind != JsonValueKind.Object || !owner.TryGetProperty(name, out var list) || list.ValueKind != JsonValueKind.Array)
            yield break;
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.Object)
                yield return entry;
        }
    }
}

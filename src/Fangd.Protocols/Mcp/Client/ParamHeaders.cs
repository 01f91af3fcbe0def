using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>
/// Arguments that a tool wants as headers too, for what stands between client and server: <c>x-mcp-header</c> on a property of its schema (SEP-2243). A
/// tool whose annotation is wrong is not to be used.
/// </summary>
internal static class ParamHeaders
{
    /// <summary>The headers by the properties that they mirror, empty for most tools; null when an annotation is wrong.</summary>
    public static List<KeyValuePair<string, string>>? Of(JsonElement schema)
    {
        var headers = new List<KeyValuePair<string, string>>();
        if (!schema.TryGetProperty("properties", out var properties) || properties.ValueKind != JsonValueKind.Object)
            return headers;
        foreach (var property in properties.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Object || !property.Value.TryGetProperty("x-mcp-header", out var annotation))
                continue;
            if (annotation.ValueKind != JsonValueKind.String || annotation.GetString() is not { Length: > 0 } header || !IsToken(header) ||
                McpAnswer.Text(property.Value, "type") is not ("string" or "integer" or "boolean"))
                return null;
            foreach (var (_, other) in headers)
            {
                if (other.Equals(header, StringComparison.OrdinalIgnoreCase))
                    return null;
            }

            headers.Add(new(property.Name, header));
        }

        return headers;
    }

    /// <summary>The headers of one call; an argument that is not there has none.</summary>
    public static List<KeyValuePair<string, string>> Values(List<KeyValuePair<string, string>> headers, JsonElement arguments)
    {
        var values = new List<KeyValuePair<string, string>>();
        foreach (var (property, header) in headers)
        {
            if (!arguments.TryGetProperty(property, out var argument))
                continue;
            var value = argument.ValueKind switch
            {
                JsonValueKind.String => argument.GetString(),
                JsonValueKind.True => "true",
                JsonValueKind.False => "false",
                JsonValueKind.Number when argument.TryGetInt64(out var number) => number.ToString(CultureInfo.InvariantCulture),
                _ => null,
            };
            if (value is not null)
                values.Add(new($"Mcp-Param-{header}", Encoded(value)));
        }

        return values;
    }

    /// <summary>A value that a header cannot hold as it is goes as base64.</summary>
    public static string Encoded(string value)
    {
        var isPlain = value.Length > 0 && value[0] != ' ' && value[^1] != ' ' && !value.StartsWith("=?base64?", StringComparison.Ordinal);
        foreach (var symbol in value)
            isPlain &= symbol is >= ' ' and < '\x7f';
        return isPlain ? value : $"=?base64?{Convert.ToBase64String(Encoding.UTF8.GetBytes(value))}?=";
    }

    /// <summary>A token of RFC 9110, 5.6.2.</summary>
    private static bool IsToken(string text)
    {
        foreach (var symbol in text)
        {
            if (!char.IsAsciiLetterOrDigit(symbol) && !"!#$%&'*+-.^_`|~".Contains(symbol))
                return false;
        }

        return true;
    }
}

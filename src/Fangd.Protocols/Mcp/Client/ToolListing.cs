using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>Collects the tools of a server, as much as is taken from one, and says what is left out and why.</summary>
internal sealed class ToolListing
{
    private const int LargestSchema = 256 * 1024;
    private const int LongestDescription = 16 * 1024;
    private const int LargestList = 4 * 1024 * 1024;
    private const int MostFaults = 20;

    /// <summary>As deep as a schema may be wherever it is read again.</summary>
    private const int Deepest = 48;

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];
    private int _faultsUntold;
    private long _size;

    public List<McpToolInfo> Tools { get; } = [];

    /// <summary>The arguments that are headers too, by the tools that want that.</summary>
    public Dictionary<string, List<KeyValuePair<string, string>>> Headers { get; } = new(StringComparer.Ordinal);

    /// <summary>What was left out; when it is much, the first of it and how much more.</summary>
    public List<string> LeftOut => _faultsUntold == 0 ? _faults : [.. _faults, $"and {_faultsUntold} more"];

    /// <summary>False when nothing more is taken.</summary>
    public bool Take(JsonElement tool)
    {
        if (Tools.Count == McpClient.MostTools)
            return End($"the server has more than {McpClient.MostTools} tools");
        if (Fault(tool) is { } fault)
        {
            LeaveOut(fault);
            return true;
        }

        var (name, description) = (McpAnswer.Text(tool, "name")!, McpAnswer.Text(tool, "description") ?? "");
        if (description.Length > LongestDescription)
            description = description[..LongestDescription];
        var schema = Schema(tool.GetProperty("inputSchema"));
        _size += name.Length + description.Length + schema.Length;
        if (_size > LargestList)
            return End($"the descriptions of the server's tools are more than {LargestList / 1024 / 1024} MiB");
        if (ParamHeaders.Of(tool.GetProperty("inputSchema")) is { Count: > 0 } headers)
            Headers[name] = headers;
        _names.Add(name);
        Tools.Add(new McpToolInfo(name, description, schema));
        return true;
    }

    public void LeaveOut(string fault)
    {
        if (_faults.Count < MostFaults)
            _faults.Add(fault);
        else
            _faultsUntold++;
    }

    private bool End(string fault)
    {
        LeaveOut(fault);
        return false;
    }

    /// <summary>Why a tool cannot be used; null when it can.</summary>
    private string? Fault(JsonElement tool)
    {
        if (tool.ValueKind != JsonValueKind.Object || McpAnswer.Text(tool, "name") is not { Length: > 0 and <= 128 } name)
            return "a tool without a name, or with one that is too long";
        if (_names.Contains(name))
            return $"{name}: there are two of that name";
        // Providers refuse a whole request for one schema that is not of an object.
        if (!tool.TryGetProperty("inputSchema", out var schema) || schema.ValueKind != JsonValueKind.Object ||
            (schema.TryGetProperty("type", out var type) && !(type.ValueKind == JsonValueKind.String && type.ValueEquals("object"))))
            return $"{name}: its schema is no object";
        var text = schema.GetRawText();
        if (text.Length > LargestSchema)
            return $"{name}: its schema is larger than {LargestSchema / 1024} KiB";
        if (ParamHeaders.Of(schema) is null)
            return $"{name}: what it wants as headers is not possible (x-mcp-header)";
        return IsDeep(text) ? $"{name}: its schema is nested too deeply" : null;
    }

    private static bool IsDeep(string text)
    {
        try
        {
            JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = Deepest }).Dispose();
            return false;
        }
        catch (JsonException)
        {
            return true;
        }
    }

    /// <summary>With the type that older servers leave out and providers demand.</summary>
    private static byte[] Schema(JsonElement schema)
    {
        var text = schema.GetRawText();
        if (!schema.TryGetProperty("type", out _))
            text = schema.EnumerateObject().MoveNext() ? $$"""{"type":"object",{{text.AsSpan(1)}}""" : """{"type":"object"}""";
        return Encoding.UTF8.GetBytes(text);
    }
}

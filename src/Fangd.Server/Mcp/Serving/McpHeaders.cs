using System.Text;
using System.Text.Json;
using Fangd.Protocols.Mcp.Serving;
using Microsoft.AspNetCore.Http;

namespace Fangd.Server.Mcp.Serving;

/// <summary>What the headers of a request say about it, and whether they agree with its body (2026-07-28, transports).</summary>
internal static class McpHeaders
{
    public const string Session = "Mcp-Session-Id";

    private const string Version = "MCP-Protocol-Version";
    private const string VersionKey = "io.modelcontextprotocol/protocolVersion";
    private const string CapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
    private const string LogLevelKey = "io.modelcontextprotocol/logLevel";

    /// <summary>
    /// The rules that the request is to be answered by. Throws <see cref="McpFault"/> for a version that is not served, and for a stateless
    /// request whose headers are missing or say something else than its body.
    /// </summary>
    public static McpEra EraOf(IHeaderDictionary headers, McpMessage message)
    {
        var version = headers[Version].ToString();
        var meta = Meta(message.Params);
        var told = Field(meta, VersionKey);
        if (version != McpVersions.Stateless && told is null)
        {
            if (version.Length > 0 && !McpVersions.All.Contains(version))
                throw new McpFault(McpFault.UnsupportedVersion, $"The protocol version {version} is not supported", McpFault.Version(version).WriteData) { IsBadRequest = true };
            return version.Length > 0 || message.Method == "initialize" || headers.ContainsKey(Session) ? McpEra.Handshake : McpEra.Bare;
        }

        // Notifications of clients that probe carry no meta; nothing is answered to them anyway.
        if (!message.IsRequest)
            return McpEra.Stateless;
        if (told is null)
            throw Missing($"params._meta has no {VersionKey}");
        if (meta.ValueKind != JsonValueKind.Object || !meta.TryGetProperty(CapabilitiesKey, out var capabilities) || capabilities.ValueKind != JsonValueKind.Object)
            throw Missing($"params._meta has no {CapabilitiesKey}");
        if (version != told)
            throw Mismatch(Version, version, told);
        if (told != McpVersions.Stateless)
            throw McpFault.Version(told);
        Compare(headers, "Mcp-Method", message.Method!);
        if (NameOf(message) is { } name)
            Compare(headers, "Mcp-Name", name);
        return McpEra.Stateless;
    }

    /// <summary>The capabilities and the log level that a stateless request declares.</summary>
    public static (JsonElement Capabilities, string? LogLevel) Declared(JsonElement parameters)
    {
        var meta = Meta(parameters);
        return (meta.ValueKind == JsonValueKind.Object && meta.TryGetProperty(CapabilitiesKey, out var capabilities) ? capabilities : default, Field(meta, LogLevelKey));
    }

    private static string? NameOf(McpMessage message)
    {
        var field = message.Method switch
        {
            "tools/call" or "prompts/get" => "name",
            "resources/read" => "uri",
            _ => null,
        };
        return field is not null ? Field(message.Params, field) : null;
    }

    private static void Compare(IHeaderDictionary headers, string name, string expected)
    {
        var sent = Decode(headers[name].ToString());
        if (sent != expected)
            throw Mismatch(name, sent, expected);
    }

    /// <summary>Values that a header cannot hold come as <c>=?base64?…?=</c>.</summary>
    private static string Decode(string value)
    {
        if (!value.StartsWith("=?base64?", StringComparison.Ordinal) || !value.EndsWith("?=", StringComparison.Ordinal) || value.Length < 11)
            return value;
        var bytes = new byte[value.Length];
        return Convert.TryFromBase64Chars(value.AsSpan(9, value.Length - 11), bytes, out var count) ? Encoding.UTF8.GetString(bytes, 0, count) : value;
    }

    private static JsonElement Meta(JsonElement parameters) => parameters.TryGetProperty("_meta", out var meta) ? meta : default;

    private static string? Field(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static McpFault Missing(string what) => new(McpFault.InvalidParams, what) { IsBadRequest = true };

    private static McpFault Mismatch(string header, string sent, string expected) => new(
        McpFault.HeaderMismatch, sent.Length == 0 ? $"The header {header} is missing; expected {expected}" : $"The header {header} says {sent}, the body {expected}");
}

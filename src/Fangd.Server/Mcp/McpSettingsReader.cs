using System.Text.Json;
using Fangd.Server.Config;
using Fangd.Server.Http;

namespace Fangd.Server.Mcp;

/// <summary>Reads a server's settings out of a request, in the flat form or with a transport object, and out of the configuration.</summary>
internal static class McpSettingsReader
{
    /// <summary>400 names the field that is missing or wrong.</summary>
    public static McpServerSettings Read(JsonElement body, string name, DateTimeOffset now)
    {
        var isNested = body.TryGetProperty("transport", out var transport) && transport.ValueKind == JsonValueKind.Object;
        var place = isNested ? transport : body;
        var kind = Text(place, isNested ? "type" : "transport") ?? throw ApiException.BadRequest("transport is missing: stdio, http or sse");
        var settings = new McpServerSettings
        {
            Name = name,
            Transport = kind switch
            {
                "stdio" => McpTransportKind.Stdio,
                "http" or "streamable_http" or "streamable-http" => McpTransportKind.Http,
                "sse" => McpTransportKind.Sse,
                _ => throw ApiException.BadRequest($"transport '{kind}' is not one of stdio, http, sse"),
            },
            Command = Text(place, "command"),
            Args = Texts(place, "args"),
            Url = Text(place, "url"),
            Env = Texts(body, "env"),
            Headers = Texts(body, "headers"),
            TimeoutSecs = body.TryGetProperty("timeout_secs", out var seconds) && seconds.ValueKind != JsonValueKind.Null
                ? seconds.TryGetInt32(out var number) && number is >= 1 and <= 3600 ? number : throw ApiException.BadRequest("timeout_secs must be a whole number from 1 to 3600")
                : 60,
            Sampling = Flag(body, "sampling"),
            AcceptDefaults = Flag(body, "accept_defaults"),
            OAuth = McpOAuthReader.Read(body),
            AddedAt = now,
        };
        if (settings.Transport == McpTransportKind.Stdio && string.IsNullOrWhiteSpace(settings.Command))
            throw ApiException.BadRequest("command is missing: the program to start");
        if (settings.Transport != McpTransportKind.Stdio && !(Uri.TryCreate(settings.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
            throw ApiException.BadRequest("url must be an http or https address");
        return settings;
    }

    public static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && name.All(symbol => char.IsAsciiLetterOrDigit(symbol) || symbol is '-' or '_' or '.');

    /// <summary>All <c>[[mcp_servers]]</c>; faults are in the readers' problems, two of one name among them.</summary>
    internal static List<McpServerSettings> Read(IReadOnlyList<SectionReader> sections)
    {
        var all = new List<McpServerSettings>(sections.Count);
        foreach (var section in sections)
        {
            var settings = Read(section);
            var other = all.FindIndex(before => before.Name == settings.Name);
            if (other >= 0 && settings.Name.Length > 0)
            {
                var first = sections[other];
                section.Fault("name", section.Find("name")!, $"{first.PathOf("name")} on line {first.Find("name")!.Position.Line} has the name '{settings.Name}' already");
            }

            all.Add(settings);
        }

        return all;
    }

    /// <summary>One of <c>[[mcp_servers]]</c>; faults are in the reader's problems.</summary>
    private static McpServerSettings Read(SectionReader section)
    {
        // The documents have the transport as a table of its own, older files flat.
        var place = section.Find("transport") is Toml.TomlTable ? section.Section("transport") : section;
        var kindKey = ReferenceEquals(place, section) ? "transport" : "type";
        var read = new McpServerSettings
        {
            Name = section.String("name", ""),
            Transport = place.Choice(
                kindKey, McpTransportKind.Stdio, ("stdio", McpTransportKind.Stdio), ("http", McpTransportKind.Http), ("sse", McpTransportKind.Sse), ("streamable_http", McpTransportKind.Http)),
            Command = place.OptionalString("command"),
            Args = place.Strings("args"),
            Url = place.OptionalString("url"),
            Env = section.Strings("env"),
            Headers = section.Strings("headers"),
            Sampling = section.Boolean("sampling", false),
            AcceptDefaults = section.Boolean("accept_defaults", false),
            OAuth = section.Has("oauth") ? McpOAuthReader.Read(section.Section("oauth")) : null,
            IsConfigured = true,
            TimeoutSecs = section.Integer("timeout_secs", 60, 1, 3600),
        };
        if (!IsName(read.Name))
            section.Missing("name", "a server needs a name of letters, digits, dashes, underscores and dots");
        else if (read.Transport == McpTransportKind.Stdio && read.Command is null)
            section.Missing("command", "a server over stdio needs its program");
        else if (read.Transport != McpTransportKind.Stdio && read.Url is null)
            section.Missing("url", "a server over http or sse needs its address");
        if (!ReferenceEquals(place, section))
            place.Finish();
        section.Finish();
        return read;
    }

    private static string? Text(JsonElement owner, string name)
    {
        if (!owner.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw ApiException.BadRequest($"{name} must be a string");
    }

    private static bool Flag(JsonElement owner, string name)
    {
        if (!owner.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return false;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw ApiException.BadRequest($"{name} must be true or false");
    }

    private static List<string> Texts(JsonElement owner, string name)
    {
        if (!owner.TryGetProperty(name, out var list) || list.ValueKind == JsonValueKind.Null)
            return [];
        if (list.ValueKind == JsonValueKind.Object)
            return [.. list.EnumerateObject().Select(field => name == "env" ? $"{field.Name}={field.Value}" : $"{field.Name}: {field.Value}")];
        if (list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
            throw ApiException.BadRequest($"{name} must be an array of strings");
        return [.. list.EnumerateArray().Select(item => item.GetString()!)];
    }
}

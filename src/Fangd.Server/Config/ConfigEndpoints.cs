using System.Globalization;
using System.Text.Json;
using Fangd.Server.Http;
using Fangd.Toml;

namespace Fangd.Server.Config;

/// <summary>Looks at, changes and rereads the configuration.</summary>
internal sealed class ConfigEndpoints(ConfigChanges changes, Func<string, string?> environment)
{
    public void Map(RouteTable routes)
    {
        routes.Get("/api/config/schema", Schema);
        routes.Post("/api/config/set", Set);
        routes.Post("/api/config/reload", Reload);
    }

    /// <summary>Every key that the configuration knows, with its type and default, as an empty file leaves them.</summary>
    private Task Schema(Exchange exchange)
    {
        var entries = ConfigFile.Parse([], "config.toml", null, environment, new Problems()).Entries;
        var sections = new Dictionary<string, List<ConfigField>>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var dot = entry.KeyPath.LastIndexOf('.');
            var section = dot < 0 ? "general" : entry.KeyPath[..dot];
            if (!sections.TryGetValue(section, out var fields))
                sections[section] = fields = [];
            fields.Add(new ConfigField(entry.KeyPath[(dot + 1)..], entry.Type, Default(entry)));
        }

        return exchange.Ok(new ConfigSchema([.. sections.Select(section => new ConfigSection(section.Key, section.Value))]));
    }

    private async Task Set(Exchange exchange)
    {
        var request = await exchange.ReadJson<ConfigSetRequest>();
        if (string.IsNullOrWhiteSpace(request.Path))
            throw ApiException.BadRequest("path is missing");
        if (request.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            throw ApiException.BadRequest("value is missing");
        var outcome = await changes.Set(request.Path, ToToml(request.Value));
        await exchange.Ok(new ConfigSetAnswer(outcome.Waiting.Count > 0 ? "restart_required" : "applied", request.Path));
    }

    private async Task Reload(Exchange exchange)
    {
        var outcome = await changes.Reload();
        var status = outcome.Applied.Count + outcome.Waiting.Count == 0 ? "no_changes" : "applied";
        await exchange.Ok(
            new ConfigReloaded(status, outcome.Waiting.Count > 0, [.. outcome.Waiting.Select(key => $"{key} is read at start only")], outcome.Applied, []));
    }

    private static TomlValue ToToml(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => new TomlString(value.GetString()!),
        JsonValueKind.True or JsonValueKind.False => new TomlBoolean(value.GetBoolean()),
        JsonValueKind.Number when value.TryGetInt64(out var whole) => new TomlInteger(whole),
        JsonValueKind.Number => new TomlFloat(value.GetDouble()),
        JsonValueKind.Array => new TomlArray(value.EnumerateArray().Select(ToToml)),
        _ => throw ApiException.BadRequest("value must be a string, a number, true, false or a list of those"),
    };

    private static JsonElement Default(ConfigEntry entry)
    {
        var json = entry.Type switch
        {
            "integer" or "float" when double.TryParse(entry.Default.Replace("_", ""), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number.ToString("R", CultureInfo.InvariantCulture),
            "boolean" => entry.Default,
            "list" when entry.Default.Length == 0 => "[]",
            _ when entry.Default.Length == 0 => "null",
            _ => null,
        };
        if (json is not null && IsJson(json, out var parsed))
            return parsed;
        // TOML's basic strings and lists of them are JSON already; anything else is shown as its text.
        return IsJson(entry.Default, out parsed) ? parsed : JsonValues.Quote(entry.Default);
    }

    private static bool IsJson(string text, out JsonElement value)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            value = document.RootElement.Clone();
            return true;
        }
        catch (JsonException)
        {
            value = default;
            return false;
        }
    }
}

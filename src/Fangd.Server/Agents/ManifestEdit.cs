using System.Text.Json;
using Fangd.Server.Http;
using Fangd.Toml;

namespace Fangd.Server.Agents;

/// <summary>Changes to a manifest's text that JSON asks for. Comments and fields that nobody names stay as they are.</summary>
internal static class ManifestEdit
{
    private static readonly Dictionary<string, string[]> Places = new(StringComparer.Ordinal)
    {
        ["name"] = ["name"],
        ["version"] = ["version"],
        ["description"] = ["description"],
        ["author"] = ["author"],
        ["profile"] = ["profile"],
        ["toolProfile"] = ["profile"],
        ["tags"] = ["tags"],
        ["skills"] = ["skills"],
        ["mcp_servers"] = ["mcp_servers"],
        ["tool_allowlist"] = ["tool_allowlist"],
        ["tool_blocklist"] = ["tool_blocklist"],
        ["max_history_messages"] = ["max_history_messages"],
        ["workspace"] = ["workspace"],
        ["schedule"] = ["schedule"],
        ["priority"] = ["priority"],
        ["fallback_models"] = ["fallback_models"],
        ["capabilities"] = ["capabilities"],
        ["resources"] = ["resources"],
        ["routing"] = ["routing"],
        ["autonomous"] = ["autonomous"],
        ["identity"] = ["identity"],
        ["model"] = ["model", "model"],
        ["provider"] = ["model", "provider"],
        ["system_prompt"] = ["model", "system_prompt"],
        ["systemPrompt"] = ["model", "system_prompt"],
        ["temperature"] = ["model", "temperature"],
        ["max_tokens"] = ["model", "max_tokens"],
        ["maxTokens"] = ["model", "max_tokens"],
        ["api_key_env"] = ["model", "api_key_env"],
        ["base_url"] = ["model", "base_url"],
        ["emoji"] = ["identity", "emoji"],
        ["avatar_url"] = ["identity", "avatar_url"],
        ["color"] = ["identity", "color"],
        ["archetype"] = ["identity", "archetype"],
        ["vibe"] = ["identity", "vibe"],
        ["greeting_style"] = ["identity", "greeting_style"],
    };

    /// <summary>Field names of JSON forms that differ from the manifest's.</summary>
    private static readonly Dictionary<string, string> ModelFields = new(StringComparer.Ordinal)
    {
        ["maxTokens"] = "max_tokens",
        ["systemPrompt"] = "system_prompt",
        ["name"] = "model",
        ["baseUrl"] = "base_url",
    };

    public static string Set(string manifest, string[] path, string value)
    {
        var editor = new TomlEditor(manifest);
        editor.Set(path, new TomlString(value));
        return editor.Text;
    }

    public static string Set(string manifest, string[] path, IReadOnlyList<string> values)
    {
        var editor = new TomlEditor(manifest);
        editor.Set(path, new TomlArray([.. values.Select(value => new TomlString(value))]));
        return editor.Text;
    }

    /// <summary>Applies each field that is known; null removes it, others are ignored. 400 names a field of the wrong shape.</summary>
    public static string Apply(string manifest, JsonElement body, bool isMerge)
    {
        var editor = new TomlEditor(manifest);
        foreach (var field in body.EnumerateObject())
        {
            if (Places.TryGetValue(field.Name, out var place))
                Apply(editor, field.Name, place, field.Value, isMerge);
        }

        return editor.Text;
    }

    /// <summary>The manifest of AgentOS's JSON form.</summary>
    public static string FromAgentOs(JsonElement request)
    {
        var (toml, fault) = ManifestText.FromAgentOs(request);
        return toml ?? throw ApiException.BadRequest(fault!);
    }

    private static void Apply(TomlEditor editor, string field, string[] place, JsonElement value, bool isMerge)
    {
        IdentityCheck.Demand(field, value);
        if (field == "model" && value.ValueKind == JsonValueKind.Object)
        {
            foreach (var part in value.EnumerateObject())
                Write(editor, ["model", ModelFields.GetValueOrDefault(part.Name, part.Name)], part.Name, part.Value);
        }
        else if (value.ValueKind == JsonValueKind.Object && isMerge)
        {
            foreach (var part in value.EnumerateObject())
                Write(editor, [.. place, ToSnake(part.Name)], $"{field}.{part.Name}", part.Value);
        }
        else
        {
            Write(editor, place, field, value);
        }
    }

    private static void Write(TomlEditor editor, string[] path, string field, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
            editor.Remove(path);
        else
            editor.Set(path, ToToml(value, field));
    }

    private static TomlValue ToToml(JsonElement value, string field)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return new TomlString(value.GetString()!);
            case JsonValueKind.True or JsonValueKind.False:
                return new TomlBoolean(value.GetBoolean());
            case JsonValueKind.Number:
                return value.TryGetInt64(out var whole) ? new TomlInteger(whole) : new TomlFloat(value.GetDouble());
            case JsonValueKind.Array:
                return new TomlArray(value.EnumerateArray().Select((item, i) => ToToml(item, $"{field}[{i}]")).ToList());
            case JsonValueKind.Object:
                var table = new TomlTable();
                // JSON lets a key come twice, and then its last value counts; in TOML it cannot.
                foreach (var part in value.EnumerateObject().GroupBy(p => ToSnake(p.Name)).Select(same => same.Last()))
                    table.Add(ToSnake(part.Name), ToToml(part.Value, $"{field}.{part.Name}"));
                return table;
            default:
                throw ApiException.BadRequest($"{field}: null is not possible here");
        }
    }

    /// <summary>AgentOS writes camelCase; manifests are snake_case.</summary>
    private static string ToSnake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}

using System.Text.Json;
using Fangd.Server.Config;
using Fangd.Toml;

namespace Fangd.Server.Agents;

/// <summary>AgentOS's JSON form of an agent as a manifest. One instance converts one body.</summary>
internal sealed class AgentOsManifest
{
    private readonly TomlTable _root = new();
    private readonly TomlTable _model = new();
    private readonly TomlTable _capabilities = new();
    private readonly TomlTable _resources = new();
    private readonly TomlTable _metadata = new();
    private string? _fault;

    public (string? Toml, string? Fault) Convert(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return (null, "the body is not a JSON object");

        foreach (var member in body.EnumerateObject())
            ConvertMember(member.Name, member.Value);
        if (_fault is not null)
            return (null, _fault);

        Put(_root, "model", _model);
        Put(_root, "capabilities", _capabilities);
        Put(_root, "resources", _resources);
        Put(_root, "metadata", _metadata);
        return (TomlWriter.WriteDocument(_root), null);
    }

    private void ConvertMember(string name, JsonElement value)
    {
        switch (name)
        {
            case "name" or "description" or "version" or "author":
                Text(_root, name, value, name);
                break;
            case "systemPrompt":
                Text(_model, "system_prompt", value, name);
                break;
            case "toolProfile":
                Text(_root, "profile", value, name);
                break;
            case "tags":
                Texts(_root, "tags", value, name);
                break;
            case "model" when value.ValueKind == JsonValueKind.String:
                Text(_model, "model", value, name);
                break;
            case "model":
                Members(value, name, ConvertModel);
                break;
            case "capabilities" when value.ValueKind == JsonValueKind.Array:
                Texts(_capabilities, "tools", value, name);
                break;
            case "capabilities":
                Members(value, name, ConvertCapability);
                break;
            case "resources":
                Members(value, name, ConvertResource);
                break;
            default:
                Keep(name, value);
                break;
        }
    }

    private void ConvertModel(string name, JsonElement value, string path)
    {
        switch (name)
        {
            case "provider" or "model":
                Text(_model, name, value, path);
                break;
            case "maxTokens":
                Integer(_model, "max_tokens", value, path);
                break;
            case "temperature":
                Number(_model, "temperature", value, path);
                break;
            default:
                Keep(path, value);
                break;
        }
    }

    private void ConvertCapability(string name, JsonElement value, string path)
    {
        switch (name)
        {
            case "tools":
                Texts(_capabilities, "tools", value, path);
                break;
            case "memoryScopes":
                Texts(_capabilities, "memory_read", value, path);
                Texts(_capabilities, "memory_write", value, path);
                break;
            case "networkHosts":
                Texts(_capabilities, "network", value, path);
                break;
            default:
                Keep(path, value);
                break;
        }
    }

    private void ConvertResource(string name, JsonElement value, string path)
    {
        switch (name)
        {
            case "maxTokensPerHour":
                Integer(_resources, "max_llm_tokens_per_hour", value, path);
                break;
            case "dailyBudget":
                Number(_resources, "max_cost_per_day_usd", value, path);
                break;
            case "monthlyBudget":
                Number(_resources, "max_cost_per_month_usd", value, path);
                break;
            default:
                Keep(path, value);
                break;
        }
    }

    private void Members(JsonElement value, string path, Action<string, JsonElement, string> convert)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            Expected(value, path, "an object");
            return;
        }

        foreach (var member in value.EnumerateObject())
            convert(member.Name, member.Value, $"{path}.{member.Name}");
    }

    private void Text(TomlTable target, string key, JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.String)
            Put(target, key, new TomlString(value.GetString()!));
        else
            Expected(value, path, "a string");
    }

    private void Texts(TomlTable target, string key, JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
            Put(target, key, new TomlArray(value.EnumerateArray().Select(item => new TomlString(item.GetString()!))));
        else
            Expected(value, path, "a list of strings");
    }

    private void Integer(TomlTable target, string key, JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number))
            Put(target, key, new TomlInteger(number));
        else
            Expected(value, path, "an integer");
    }

    private void Number(TomlTable target, string key, JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number))
            Put(target, key, new TomlFloat(number));
        else
            Expected(value, path, "a number");
    }

    private void Keep(string path, JsonElement value)
    {
        if (TomlJson.FromJson(value) is { } kept)
            Put(_metadata, path, kept);
    }

    private void Expected(JsonElement value, string path, string expected)
    {
        // Clients send null for what they leave out.
        if (value.ValueKind != JsonValueKind.Null)
            _fault ??= $"{path} is not {expected}";
    }

    // A JSON object may have a member twice; the first one stands.
    private static void Put(TomlTable target, string key, TomlValue value)
    {
        if (!target.Contains(key) && value is not TomlTable { Count: 0 })
            target.Add(key, value);
    }
}

using System.Text.Json;
using Fangd.Toml;

namespace Fangd.Server.Config;

/// <summary>Values that come as JSON and are kept as TOML.</summary>
public static class TomlJson
{
    /// <summary>Null for null, which TOML has no word for; members and items that are null are left out.</summary>
    public static TomlValue? FromJson(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                return new TomlString(json.GetString()!);
            case JsonValueKind.Number:
                return json.TryGetInt64(out var integer) ? new TomlInteger(integer) : new TomlFloat(json.GetDouble());
            case JsonValueKind.True:
            case JsonValueKind.False:
                return new TomlBoolean(json.GetBoolean());
            case JsonValueKind.Array:
                return new TomlArray(json.EnumerateArray().Select(FromJson).OfType<TomlValue>());
            case JsonValueKind.Object:
                var table = new TomlTable();
                foreach (var member in json.EnumerateObject())
                {
                    if (!table.Contains(member.Name) && FromJson(member.Value) is { } value)
                        table.Add(member.Name, value);
                }

                return table;
            default:
                return null;
        }
    }
}

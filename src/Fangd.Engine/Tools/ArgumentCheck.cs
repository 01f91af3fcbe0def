using System.Text.Json;

namespace Fangd.Engine.Tools;

/// <summary>
/// Checks the arguments of a call against the part of JSON Schema that tools use: required fields, types and lists of allowed
/// strings. It answers with the field and what is expected, because a model can mend that. Unknown fields pass, and <c>null</c>
/// counts as absent: models send both, and neither does harm.
/// </summary>
internal sealed class ArgumentCheck
{
    private readonly List<Field> _fields = [];

    private sealed record Field(string Name, string[] Types, string[] Allowed, bool IsRequired);

    public static ArgumentCheck Parse(ReadOnlyMemory<byte> schema)
    {
        using var document = JsonDocument.Parse(schema);
        var root = document.RootElement;
        var required = root.TryGetProperty("required", out var names) ? Strings(names) : [];
        var check = new ArgumentCheck();
        if (root.TryGetProperty("properties", out var properties) && properties.ValueKind is JsonValueKind.Object)
        {
            foreach (var property in properties.EnumerateObject())
            {
                // A schema may be just true or false; what a foreign one is beyond that nobody knows.
                var isObject = property.Value.ValueKind is JsonValueKind.Object;
                var types = isObject && property.Value.TryGetProperty("type", out var type) ? Strings(type) : [];
                var allowed = isObject && property.Value.TryGetProperty("enum", out var values) ? Strings(values) : [];
                check._fields.Add(new Field(property.Name, types, allowed, required.Contains(property.Name)));
            }
        }
        return check;
    }

    /// <summary>What is wrong, in one sentence, or null.</summary>
    public string? Fault(JsonElement arguments)
    {
        foreach (var field in _fields)
        {
            var isThere = arguments.TryGetProperty(field.Name, out var value) && value.ValueKind is not JsonValueKind.Null;
            if (!isThere && !field.IsRequired)
                continue;
            if (!isThere && !(value.ValueKind is JsonValueKind.Null && field.Types is []))
                return $"The argument \"{field.Name}\" is missing; expected {Expected(field)}.";
            if (!FitsType(field, value))
                return $"The argument \"{field.Name}\" is {Kind(value)}; expected {Expected(field)}.";
            if (field.Allowed.Length > 0 && value.ValueKind is JsonValueKind.String && !field.Allowed.Any(value.ValueEquals))
                return $"The argument \"{field.Name}\" is not one of {string.Join(", ", field.Allowed)}.";
        }
        return null;
    }

    private static bool FitsType(Field field, JsonElement value) =>
        field.Types.Length == 0 || field.Types.Any(type => type switch
        {
            "string" => value.ValueKind is JsonValueKind.String,
            "integer" => value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out _),
            "number" => value.ValueKind is JsonValueKind.Number,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "array" => value.ValueKind is JsonValueKind.Array,
            "object" => value.ValueKind is JsonValueKind.Object,
            _ => true,
        });

    private static string Expected(Field field) => field switch
    {
        { Types: [] } => "any JSON value",
        { Types: ["integer"] } => "a whole number",
        { Types: ["array"] } => "an array",
        { Types: ["object"] } => "an object",
        _ => "a " + string.Join(" or ", field.Types),
    };

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        _ => "null",
    };

    private static string[] Strings(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => [.. value.EnumerateArray().Where(item => item.ValueKind is JsonValueKind.String).Select(item => item.GetString()!)],
        _ => [],
    };
}

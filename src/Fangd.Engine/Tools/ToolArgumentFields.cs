using System.Text.Json;

namespace Fangd.Engine.Tools;

/// <summary>Optional fields of arguments that passed the check of their types: null stands for absent.</summary>
internal static class ToolArgumentFields
{
    /// <summary>Null also for an empty text: models send one where they mean nothing.</summary>
    public static string? Text(this JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    public static long? Whole(this JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var whole) ? whole : null;

    public static double? Number(this JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetDouble(out var number) ? number : null;
}

using System.Text.Json;
using Fangd.Server.Http;

namespace Fangd.Server.Budgets;

/// <summary>Reads limits out of a request's body; a wrong one is refused by its name.</summary>
internal static class BudgetFields
{
    public static double? Usd(JsonElement body, params ReadOnlySpan<string> names) => Number(body, double.MaxValue, names);

    public static double? Share(JsonElement body, string name) => Number(body, 1, name);

    public static long? Tokens(JsonElement body, string name)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var tokens) && tokens >= 0
            ? tokens
            : throw ApiException.BadRequest($"{name} must be a whole number of at least 0 (0 is no limit)");
    }

    /// <summary>The first of several names for one field that is there.</summary>
    private static double? Number(JsonElement body, double most, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
                continue;
            if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || !double.IsFinite(number) || number < 0 || number > most)
                throw ApiException.BadRequest(most == 1 ? $"{name} must be a number from 0 to 1" : $"{name} must be a number of at least 0 (0 is no limit)");
            return number;
        }

        return null;
    }
}

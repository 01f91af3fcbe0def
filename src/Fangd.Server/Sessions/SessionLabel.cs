using System.Text.Json;
using Fangd.Server.Http;

namespace Fangd.Server.Sessions;

/// <summary>The rule for labels: 1 to 128 letters, digits, spaces, <c>-</c>, <c>_</c>.</summary>
internal static class SessionLabel
{
    private const int Longest = 128;

    /// <summary>The label of a request; null for none. 400 for one that is not allowed.</summary>
    public static string? Optional(JsonElement? element)
    {
        if (element is not { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } value)
            return null;
        if (value.ValueKind != JsonValueKind.String)
            throw ApiException.BadRequest("label must be a string or null");
        var label = value.GetString()!.Trim();
        var isGood = label.Length is > 0 and <= Longest && label.All(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_');
        return isGood ? label : throw ApiException.BadRequest($"label must be 1 to {Longest} letters, digits, spaces, - or _");
    }
}

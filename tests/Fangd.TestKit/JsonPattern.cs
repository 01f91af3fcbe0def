using System.Globalization;
using System.Text.Json;

namespace Fangd.TestKit;

/// <summary>
/// Compares JSON by value with a pattern that is JSON too: <c>"*"</c> stands for any value, a <c>*</c> inside a longer string for any
/// text, the member <c>"*"</c> of an object for any further members, and <c>"*"</c> as the last element of an array for any further
/// elements. Everything else has to be equal; the order of members does not matter.
/// </summary>
public static class JsonPattern
{
    /// <summary>Fails the test with every difference and its path.</summary>
    public static void Matches(string pattern, JsonElement actual, string where = "the answer")
    {
        var differences = Differences(pattern, actual);
        if (differences.Count > 0)
            Assert.Fail($"{where} differs:\n  {string.Join("\n  ", differences)}\nwhole: {(actual.ValueKind == JsonValueKind.Undefined ? "nothing" : actual.GetRawText())}");
    }

    /// <summary>Every difference as "path: what was expected and what was there"; none when it matches.</summary>
    public static IReadOnlyList<string> Differences(string pattern, JsonElement actual)
    {
        var differences = new List<string>();
        Compare("$", FakeJson.Parse(pattern), actual, differences);
        return differences;
    }

    private static void Compare(string path, JsonElement expected, JsonElement actual, List<string> differences)
    {
        if (actual.ValueKind == JsonValueKind.Undefined)
        {
            differences.Add($"{path}: is missing");
            return;
        }
        if (IsAny(expected))
            return;
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object when actual.ValueKind == JsonValueKind.Object:
                CompareObjects(path, expected, actual, differences);
                return;
            case JsonValueKind.Array when actual.ValueKind == JsonValueKind.Array:
                CompareArrays(path, expected, actual, differences);
                return;
            case JsonValueKind.String when actual.ValueKind == JsonValueKind.String && Matches(expected.GetString()!, actual.GetString()!):
            case JsonValueKind.Number when actual.ValueKind == JsonValueKind.Number && SameNumber(expected, actual):
            case JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null when expected.ValueKind == actual.ValueKind:
                return;
            default:
                differences.Add($"{path}: expected {expected.GetRawText()}, was {actual.GetRawText()}");
                return;
        }
    }

    private static void CompareObjects(string path, JsonElement expected, JsonElement actual, List<string> differences)
    {
        foreach (var member in expected.EnumerateObject().Where(member => member.Name != "*"))
            Compare($"{path}.{member.Name}", member.Value, actual.TryGetProperty(member.Name, out var value) ? value : default, differences);
        if (expected.TryGetProperty("*", out _))
            return;
        foreach (var member in actual.EnumerateObject().Where(member => !expected.TryGetProperty(member.Name, out _)))
            differences.Add($"{path}.{member.Name}: is not expected, was {member.Value.GetRawText()}");
    }

    private static void CompareArrays(string path, JsonElement expected, JsonElement actual, List<string> differences)
    {
        var wanted = expected.EnumerateArray().ToArray();
        var open = wanted.Length > 0 && IsAny(wanted[^1]);
        var count = open ? wanted.Length - 1 : wanted.Length;
        var found = actual.GetArrayLength();
        if (open ? found < count : found != count)
            differences.Add($"{path}: expected {(open ? "at least " : "")}{count} elements, was {found}");
        for (var index = 0; index < Math.Min(count, found); index++)
            Compare(string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]"), wanted[index], actual[index], differences);
    }

    private static bool IsAny(JsonElement pattern) => pattern.ValueKind == JsonValueKind.String && pattern.GetString() == "*";

    private static bool SameNumber(JsonElement expected, JsonElement actual) =>
        expected.TryGetDecimal(out var left) && actual.TryGetDecimal(out var right) ? left == right : expected.GetDouble().Equals(actual.GetDouble());

    private static bool Matches(string pattern, string text)
    {
        var parts = pattern.Split('*');
        if (parts.Length == 1)
            return pattern == text;
        if (!text.StartsWith(parts[0], StringComparison.Ordinal))
            return false;
        var from = parts[0].Length;
        foreach (var part in parts[1..^1])
        {
            var at = text.IndexOf(part, from, StringComparison.Ordinal);
            if (at < 0)
                return false;
            from = at + part.Length;
        }
        return text.Length - from >= parts[^1].Length && text.EndsWith(parts[^1], StringComparison.Ordinal);
    }
}

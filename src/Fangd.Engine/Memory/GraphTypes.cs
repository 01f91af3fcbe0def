using System.Text;

namespace Fangd.Engine.Memory;

/// <summary>
/// Types of entities and relations. Models and people write them as they like (<c>Works At</c>, <c>works-at</c>), so they are brought to
/// one form; those beyond the usual ones are custom types, written plainly or as <c>custom(x)</c>.
/// </summary>
public static class GraphTypes
{
    /// <summary>What an entity is taken for when nobody says.</summary>
    public const string Concept = "concept";

    private const int Longest = 64;

    public static IReadOnlyList<string> Entities { get; } =
        ["person", "organization", "project", Concept, "event", "location", "document", "tool"];

    public static IReadOnlyList<string> Relations { get; } =
    [
        "works_at", "knows_about", "related_to", "depends_on", "owned_by", "created_by", "located_in", "part_of", "uses", "produces",
    ];

    /// <summary>The type in lower case with underscores, without the <c>custom(…)</c> around it; null when it is empty or over 64 characters.</summary>
    public static string? Normalise(string type)
    {
        var text = type.Trim();
        if (text.StartsWith("custom(", StringComparison.OrdinalIgnoreCase) && text.EndsWith(')'))
            text = text[7..^1].Trim();
        var form = new StringBuilder(text.Length);
        foreach (var symbol in text)
        {
            if (char.IsLetterOrDigit(symbol) || char.IsSurrogate(symbol))
                form.Append(char.ToLowerInvariant(symbol));
            else if (form.Length > 0 && form[^1] != '_')
                form.Append('_');
        }

        var normal = form.ToString().TrimEnd('_');
        return normal.Length is 0 or > Longest ? null : normal;
    }
}

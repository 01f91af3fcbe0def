namespace Fangd.Server.Skills;

/// <summary>
/// Reads a <c>SKILL.md</c>: a head between two lines of three dashes with <c>key: value</c> lines (name, description, version), then Markdown. Of the
/// head only those keys are looked at; files of other programs have more.
/// </summary>
internal static class SkillFile
{
    /// <summary>Null for a text without a head or a name.</summary>
    public static Skill? Read(string text, bool isBundled)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        if (lines is not ["---", ..])
            return null;
        var end = Array.IndexOf(lines, "---", 1);
        if (end < 0)
            return null;
        var head = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lines[1..end])
        {
            var colon = line.IndexOf(':');
            // Indented lines belong to keys of other programs.
            if (colon > 0 && !char.IsWhiteSpace(line[0]))
                head[line[..colon].Trim()] = line[(colon + 1)..].Trim().Trim('"');
        }

        return head.TryGetValue("name", out var name) && IsName(name)
            ? new Skill(name, head.GetValueOrDefault("version", "0.1.0"), head.GetValueOrDefault("description", ""), string.Join('\n', lines[(end + 1)..]).Trim(), isBundled)
            : null;
    }

    public static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && char.IsAsciiLetterOrDigit(name[0]) && name.All(symbol => char.IsAsciiLetterLower(symbol) || char.IsAsciiDigit(symbol) || symbol is '-' or '_');
}

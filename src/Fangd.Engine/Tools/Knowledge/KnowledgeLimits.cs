namespace Fangd.Engine.Tools.Knowledge;

/// <summary>How much the graph takes at a time.</summary>
public static class KnowledgeLimits
{
    /// <summary>Most characters of a name.</summary>
    public const int Name = 256;

    /// <summary>Most characters of the properties, as JSON.</summary>
    public const int Properties = 16_384;

    internal static string? NameFault(string argument, string name) =>
        name.Trim().Length is 0 || name.Length > Name || name.Any(char.IsControl)
            ? $"The argument \"{argument}\" must be 1 to {Name} characters of plain text."
            : null;

    internal static string TypeFault(string argument) => $"The argument \"{argument}\" must be a word of 1 to 64 letters or digits, such as works_at.";
}

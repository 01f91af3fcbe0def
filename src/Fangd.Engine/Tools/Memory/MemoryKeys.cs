namespace Fangd.Engine.Tools.Memory;

/// <summary>What a key may be, and which keys an agent's capabilities cover.</summary>
public static class MemoryKeys
{
    /// <summary>Most characters of a key.</summary>
    public const int MaxLength = 512;

    private const string Own = "self.";
    private const string SharedKnowledge = "shared.knowledge";

    /// <summary>What is wrong with the key, in one sentence, or null.</summary>
    public static string? Fault(string key) =>
        key.Length is 0 or > MaxLength ? $"The argument \"key\" has {key.Length} characters; expected 1 to {MaxLength}."
        : key.Any(char.IsControl) ? "The argument \"key\" contains a control character; use plain text."
        : null;

    /// <summary>
    /// Whether the patterns cover the agent's own key. <c>self.X</c> covers the own keys that match X, and <c>self.*</c> all of them;
    /// a pattern without it names keys directly. No pattern at all leaves the own keys: they are the least that granting a memory
    /// tool by name can mean, and nobody else's are within reach.
    /// </summary>
    public static bool Covers(IReadOnlyList<string> patterns, string key)
    {
        for (var i = 0; i < patterns.Count; i++)
        {
            var pattern = patterns[i];
            if (CapabilityPattern.Matches(pattern, key))
                return true;
            if (pattern.StartsWith(Own, StringComparison.Ordinal) && CapabilityPattern.Matches(pattern[Own.Length..], key))
                return true;
        }
        return patterns.Count == 0;
    }

    /// <summary>Whether the patterns cover what all agents share. That has to be granted in words: <c>*</c>, <c>shared.*</c>.</summary>
    public static bool CoversShared(IReadOnlyList<string> patterns) => CapabilityPattern.MatchesAny(patterns, SharedKnowledge);
}

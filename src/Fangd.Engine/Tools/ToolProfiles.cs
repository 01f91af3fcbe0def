namespace Fangd.Engine.Tools;

/// <summary>
/// A named set of tools. Two kinds share the list that clients see: plain bundles (<c>minimal</c>, <c>coding</c>, …) and personas
/// (<c>coder</c>, <c>researcher</c>, …). <paramref name="Tier"/> is the class of model that suits it.
/// </summary>
public sealed record ToolProfile(string Name, string Tier, string Description, IReadOnlyList<string> Tools);

/// <summary>The profiles that a manifest can name.</summary>
public static class ToolProfiles
{
    private static readonly string[] _coding = ["file_read", "file_write", "file_list", "shell_exec", "web_fetch"];
    private static readonly string[] _research = ["web_fetch", "web_search", "file_read", "file_write"];
    private static readonly string[] _messaging = ["agent_send", "agent_list", "memory_store", "memory_recall"];

    private static readonly string[] _automation =
    [
        "file_read", "file_write", "file_list", "web_fetch", "web_search", "shell_exec",
        "memory_store", "memory_recall", "agent_send", "agent_list",
    ];

    /// <summary>All of them, bundles first; names are unique.</summary>
    public static IReadOnlyList<ToolProfile> All { get; } =
    [
        new("minimal", "fast", "Looks at files and nothing else", ["file_read", "file_list"]),
        new("coding", "smart", "Files, commands and pages to work on code", _coding),
        new("research", "smart", "The web, and files to keep what was found", _research),
        new("messaging", "fast", "Talks to other agents and remembers", _messaging),
        new("automation", "balanced", "Files, web, commands, memory and other agents", _automation),
        new("full", "frontier", "Every tool there is", ["*"]),
        new("custom", "balanced", "Exactly the tools that the manifest lists", []),
        new("coder", "smart", "Writes, reads and mends code", _coding),
        new("researcher", "frontier", "Searches widely, compares sources and reports", [.. _research, "memory_store", "memory_recall"]),
        new("writer", "smart", "Drafts and edits texts of every kind", ["file_read", "file_write", "file_list", "web_search", "web_fetch"]),
        new("assistant", "balanced", "Helps with everyday questions and keeps notes",
            ["file_read", "file_write", "file_list", "web_search", "web_fetch", "memory_store", "memory_recall", "system_time"]),
        new("operator", "balanced", "Watches and runs a machine", _automation),
    ];

    /// <summary>The profile of this name in any case, or null.</summary>
    public static ToolProfile? Find(string? name)
    {
        foreach (var profile in All)
        {
            if (string.Equals(profile.Name, name, StringComparison.OrdinalIgnoreCase))
                return profile;
        }
        return null;
    }
}

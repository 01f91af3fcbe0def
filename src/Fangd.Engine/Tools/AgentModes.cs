namespace Fangd.Engine.Tools;

/// <summary>What a mode lets an agent do with the tools it was granted.</summary>
public enum ToolAccess
{
    None,
    ReadOnly,
    All,
}

/// <summary>
/// The modes of an agent. The documents know three families of names; all are taken in any case, and whoever stores a mode
/// stores it as it was spelled.
/// </summary>
public static class AgentModes
{
    /// <summary>The mode of an agent that was never given one.</summary>
    public const string Default = "Normal";

    /// <summary>The names, for a sentence that says which there are.</summary>
    public static IReadOnlyList<string> Names { get; } = ["stable", "normal", "auto", "observe", "assist", "full"];

    /// <summary>What <c>assist</c> leaves: tools that only look.</summary>
    private static readonly string[] _looking =
    [
        "file_read", "file_list", "memory_recall", "memory_list", "memory_search", "knowledge_query", "task_list", "task_status",
        "web_fetch", "web_search", "agent_list", "system_time",
    ];

    /// <summary>False for a name that is no mode.</summary>
    public static bool TryParse(string? text, out ToolAccess access)
    {
        access = text?.ToLowerInvariant() switch
        {
            "stable" or "normal" or "auto" or "full" => ToolAccess.All,
            "assist" => ToolAccess.ReadOnly,
            _ => ToolAccess.None,
        };
        return access is not ToolAccess.None || string.Equals(text, "observe", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether this access leaves the tool with this canonical name.</summary>
    internal static bool Leaves(ToolAccess access, string canonicalName) =>
        access is ToolAccess.All || (access is ToolAccess.ReadOnly && Array.IndexOf(_looking, canonicalName) >= 0);
}

using Fangd.Engine.Audit;

namespace Fangd.Server.Audit;

/// <summary>The two words for a kind of action: the one that is stored and hashed, and the one for what happened.</summary>
internal static class AuditWords
{
    private static readonly (AuditAction Action, string Name, string Event)[] _words =
    [
        (AuditAction.ToolInvoke, "ToolInvoke", "tool_invoked"),
        (AuditAction.CapabilityCheck, "CapabilityCheck", "capability_checked"),
        (AuditAction.AgentSpawn, "AgentSpawn", "agent_spawned"),
        (AuditAction.AgentKill, "AgentKill", "agent_killed"),
        (AuditAction.AgentMessage, "AgentMessage", "agent_messaged"),
        (AuditAction.MemoryAccess, "MemoryAccess", "memory_accessed"),
        (AuditAction.FileAccess, "FileAccess", "file_accessed"),
        (AuditAction.NetworkAccess, "NetworkAccess", "network_accessed"),
        (AuditAction.ShellExec, "ShellExec", "shell_executed"),
        (AuditAction.AuthAttempt, "AuthAttempt", "auth_attempted"),
        (AuditAction.WireConnect, "WireConnect", "wire_connected"),
        (AuditAction.ConfigChange, "ConfigChange", "config_changed"),
        (AuditAction.Approval, "Approval", "approval_decided"),
        (AuditAction.VaultAccess, "VaultAccess", "vault_accessed"),
    ];

    public static IEnumerable<string> Names => _words.Select(w => w.Name);

    public static string Name(AuditAction action) => Array.Find(_words, w => w.Action == action).Name;

    /// <summary>What happened, for the stored name; the name itself for one that this binary does not know.</summary>
    public static string Event(string name) => Array.Find(_words, w => w.Name == name).Event ?? name;

    /// <summary>The stored name for either word, in any case; null for a word that is neither.</summary>
    public static string? Find(string word) => Array.Find(
        _words, w => w.Name.Equals(word, StringComparison.OrdinalIgnoreCase) || w.Event.Equals(word, StringComparison.OrdinalIgnoreCase)).Name;
}

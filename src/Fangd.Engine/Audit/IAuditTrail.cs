namespace Fangd.Engine.Audit;

/// <summary>The kinds of actions that leave a trace.</summary>
public enum AuditAction
{
    ToolInvoke,
    CapabilityCheck,
    AgentSpawn,
    AgentKill,
    AgentMessage,
    MemoryAccess,
    FileAccess,
    NetworkAccess,
    ShellExec,
    AuthAttempt,
    WireConnect,
    ConfigChange,
    Approval,
    VaultAccess,
}

/// <summary>
/// One security-relevant action. <paramref name="Detail"/> says what was done to what, without secrets and shortened to what a reader
/// needs; <paramref name="Outcome"/> is <c>ok</c>, <c>denied</c>, <c>failed</c> or another word of that kind.
/// </summary>
public sealed record AuditEntry(AuditAction Action, string? AgentId, string Detail, string Outcome);

/// <summary>Where security-relevant actions are taken down so that nobody can rewrite them unnoticed.</summary>
public interface IAuditTrail
{
    /// <summary>Appends an entry; it is durable when this returns.</summary>
    ValueTask Record(AuditEntry entry);

    /// <summary>
    /// Appends an entry that costs no commit of its own: it becomes durable with the next thing that is stored, at the latest a moment
    /// later. So whoever was told of that next thing finds the entry too.
    /// </summary>
    void RecordLater(AuditEntry entry);
}

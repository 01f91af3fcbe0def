namespace Fangd.Server.Audit;

/// <summary>A stored entry as it is shown.</summary>
internal sealed record AuditRow(long Seq, DateTimeOffset At, string Action, string? AgentId, string Detail, string Outcome, string Hash, string PreviousHash);

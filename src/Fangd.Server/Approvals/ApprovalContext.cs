using Fangd.Engine.Approvals;
using Fangd.Engine.Taint;

namespace Fangd.Server.Approvals;

/// <summary>The rules in force, and what holding a call needs of the daemon.</summary>
internal sealed class ApprovalContext(ApprovalRules rules, TaintTracker taint, TimeProvider time, Func<string> newId, CancellationToken stopping)
{
    private volatile ApprovalRules _rules = rules;

    /// <summary>Which calls ask; others apply from the next call on.</summary>
    public ApprovalRules Rules
    {
        get => _rules;
        set => _rules = value;
    }

    /// <summary>For how many days decisions are listed; 0 for ever.</summary>
    public int HistoryDays { get; set; }

    /// <summary>What people said yes to for the rest of a session.</summary>
    public SessionGrants Grants { get; } = new();

    public TaintTracker Taint => taint;

    public TimeProvider Time => time;

    public Func<string> NewId => newId;

    public CancellationToken Stopping => stopping;
}

using Fangd.Engine.Taint;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Shell;
using Fangd.Server.Agents;
using Fangd.Server.Config;
using Fangd.Server.Health;
using Fangd.Server.Http;
using Fangd.Server.Runs;
using Fangd.Server.Sessions;
using Fangd.Server.Vault;

namespace Fangd.Server.Approvals;

/// <summary>Calls that wait for a person, the people's decisions, and their second factor.</summary>
internal sealed class ApprovalsFeature : IDisposable
{
    private readonly Foundation _base;
    private readonly AgentRegistry _registry;
    private readonly ApprovalStore _store;
    private readonly ApprovalWaiters _waiters = new();
    private readonly ApprovalContext _context;
    private readonly ApprovalHistory _history;
    private readonly SecondFactorCheck _factor;

    public ApprovalsFeature(Foundation on, AgentRegistry registry, SecretVault vault, TaintTracker taint)
    {
        _base = on;
        _registry = registry;
        _store = new ApprovalStore(on.Database, on.Time);
        _context = new ApprovalContext(on.Config.Approval.ToRules(on.Config.ExecPolicy), taint, on.Time, on.NewId, on.Stopping);
        _history = new ApprovalHistory(on.Database, _store, _context);
        _context.HistoryDays = on.Config.Approval.AuditRetentionDays;
        Check = new ApprovalCheck(_store, _waiters, registry, on.Events, _context);
        _factor = new SecondFactorCheck(new TotpStore(on.Database), vault, on.Config.Approval, on.Time);
    }

    /// <summary>Stands last at the gate: nobody is asked about a call that is refused anyway.</summary>
    public IToolCheck Check { get; }

    public IHousework Housework => _history;

    /// <summary>Puts a new configuration in force, from the next call and the next decision on.</summary>
    public void Apply(ApprovalConfig config, ExecRules shell)
    {
        _context.Rules = config.ToRules(shell);
        _factor.Config = config;
        _context.HistoryDays = config.AuditRetentionDays;
    }

    /// <summary>At start: what waited when the last process died waits again.</summary>
    public Task<int> Reopen() => _store.Reopen();

    /// <summary>Where decisions are made; calls from before a restart go on through <paramref name="runs"/>.</summary>
    public ApprovalDesk OpenDesk(SessionStore sessions, RunQueue runs) =>
        new(_store, _waiters, _factor, _base.Events, _base.Audit, new ApprovalRuns(_registry, sessions, runs));

    public void Map(RouteTable routes, ApprovalDesk desk, ToolGate gate)
    {
        new ApprovalEndpoints(desk, _store, _registry, gate, _context).Map(routes);
        new ApprovalBatchEndpoints(desk).Map(routes);
        _history.Map(routes);
        new TotpEndpoints(_factor).Map(routes);
    }

    public void Dispose() => _factor.Dispose();
}

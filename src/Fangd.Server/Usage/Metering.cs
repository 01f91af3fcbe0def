using Fangd.Engine.Agents;
using Fangd.Engine.Turns;
using Fangd.Server.Agents;
using Fangd.Server.Budgets;
using Fangd.Server.Events;
using Fangd.Server.Providers;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Usage;

/// <summary>Opens the model for one run: what is called through it is checked against the budgets, priced and taken down.</summary>
internal sealed partial class Metering(ModelResolver models, UsageMeter meter, BudgetBook budgets, EventLog events, TimeProvider time, ILogger<Metering> log)
{
    public ModelResolver Models => models;

    public UsageMeter Meter => meter;

    public BudgetBook Budgets => budgets;

    public TimeProvider Time => time;

    public ModelRef Resolve(ModelRef model) => models.Resolve(model);

    public MeteredModel For(Agent agent, AgentManifest manifest, string? sessionId, string runId) =>
        new(this, new BudgetHolder(agent.Id, agent.Name, manifest.Resources), sessionId, runId);

    /// <summary>For calls that no agent makes: no agent's limit holds for them, the global ones do.</summary>
    public MeteredModel ForDaemon(string runId) => new(this, new BudgetHolder("", "(the daemon)", new AgentResources()), null, runId);

    /// <summary>The event's commit is not waited for; that it failed is told.</summary>
    public void Alert(BudgetWarning warning)
    {
        BudgetAlert(warning.Text);
        events.Append("budget_warning", warning.AgentId, warning.Text).ContinueWith(
            (failed, _) => AlertNotStored(failed.Exception!.GetBaseException().Message),
            null,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);
    }

    [LoggerMessage(LogLevel.Warning, "{Text}.")]
    private partial void BudgetAlert(string text);

    [LoggerMessage(LogLevel.Error, "A budget warning was not stored: {Reason}")]
    private partial void AlertNotStored(string reason);
}

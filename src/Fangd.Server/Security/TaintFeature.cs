using Fangd.Engine.Taint;
using Fangd.Engine.Tools;
using Fangd.Server.Vault;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Security;

/// <summary>
/// Where texts come from and where they may go. Secrets and facts about people are refused at the ways out; what strangers wrote is shown to a
/// person before it becomes a command, which is the approvals' part.
/// </summary>
internal sealed partial class TaintFeature
{
    private readonly ILogger<TaintFeature> _log;

    public TaintFeature(Foundation on, VaultFeature vault)
    {
        _log = on.Log<TaintFeature>();
        var secrets = new SecretWords(new SecretsInUse(on.Config, vault.Vault, vault.Keys).Values);
        Tracker = new TaintTracker(secrets);
        Check = new TaintCheck(Tracker);
        Inspector = new OutcomeLabels(secrets, (call, phrase) => Suspected(call.Tool.Spec.Name, call.Scope.AgentId, phrase));
    }

    public TaintTracker Tracker { get; }

    public IToolCheck Check { get; }

    public IOutcomeInspector Inspector { get; }

    public IReadOnlyList<SecuritySystem> Security =>
    [
        new(SecuritySystems.TaintTracking, "secrets and facts about people that an agent has read are refused at the ways out of the machine"),
        new(SecuritySystems.PromptScanning, "results of tools that seem to give orders are marked as such before the model reads them"),
    ];

    [LoggerMessage(LogLevel.Warning, "A result of {Tool} for agent {AgentId} seems to give orders: it says \"{Phrase}\".")]
    private partial void Suspected(string tool, string agentId, string phrase);
}

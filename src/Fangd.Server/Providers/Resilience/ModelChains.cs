using Fangd.Engine.Agents;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Agents;
using Fangd.Server.Config;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Providers.Resilience;

/// <summary>Makes the model of a run: what its agent's manifest keeps in reserve, then what the configuration does for all.</summary>
/// <param name="defaults">Stands in where a manifest says <c>default</c>.</param>
/// <param name="configured"><c>[[fallback_providers]]</c>.</param>
/// <param name="record">Keeps an event: its kind, the agent, what happened.</param>
/// <param name="log">Where each step is told.</param>
internal sealed partial class ModelChains(
    DefaultModel defaults,
    IReadOnlyList<FallbackProviderConfig> configured,
    Func<string, string?, string, Task> record,
    ILogger<ModelChains> log)
{
    private readonly ModelRef[] _configured =
        [.. configured.Select(one => new ModelRef(one.Provider, one.Model) { ApiKeyEnv = one.ApiKeyEnv, BaseUrl = one.BaseUrl })];

    private long _passedOn;

    /// <summary>How often another model was asked because one had failed.</summary>
    public long PassedOn => Interlocked.Read(ref _passedOn);

    /// <summary>The model of one run, or of one other task of the agent.</summary>
    /// <param name="agent">Whose manifest is asked.</param>
    /// <param name="models">Calls one model: each try is checked, priced and taken down by itself.</param>
    /// <param name="runId">For the log.</param>
    public IChatModel For(Agent agent, IChatModel models, string runId) => For(agent.Id, agent.Name, agent.Manifest.FallbackModels, models, runId);

    internal IChatModel For(string agentId, string agentName, IReadOnlyList<FallbackModel> own, IChatModel models, string runId)
    {
        if (own.Count + _configured.Length == 0)
            return models;
        var others = _configured;
        if (own.Count > 0)
            others = [.. own.Select(Resolve).Concat(_configured).Distinct()];
        return new ModelChain(models, others, PassOn);

        async ValueTask PassOn(ModelRef failed, ModelRef next, LlmException failure)
        {
            Interlocked.Increment(ref _passedOn);
            Passed(runId, agentName, failed.Provider, failed.Model, next.Provider, next.Model, failure.Message);
            await record("model_fallback", agentId, $"{failed.Provider}/{failed.Model} failed, {next.Provider}/{next.Model} is asked instead: {failure.Message}");
        }
    }

    private ModelRef Resolve(FallbackModel own) => defaults.Resolve(own.Provider, own.Model) with { ApiKeyEnv = own.ApiKeyEnv, BaseUrl = own.BaseUrl };

    [LoggerMessage(LogLevel.Warning, "Run {RunId} of {Agent}: {Provider}/{Model} failed, {NextProvider}/{NextModel} is asked instead: {Reason}.")]
    private partial void Passed(string runId, string agent, string provider, string model, string nextProvider, string nextModel, string reason);
}

using Fangd.Engine.Agents;
using Fangd.Engine.Turns;

namespace Fangd.Server.Providers;

/// <summary>The model of agents that name none, as configured.</summary>
internal sealed class DefaultModel(ModelRef configured)
{
    private volatile ModelRef _model = configured;

    public ModelRef Model
    {
        get => _model;
        set => _model = value;
    }

    /// <summary>The model in force for a manifest's provider and model; <c>default</c> or nothing stands for the configured one.</summary>
    public ModelRef Resolve(string provider, string model)
    {
        var isDefaultProvider = provider is "" or "default";
        var isDefaultModel = model is "" or "default";
        if (isDefaultProvider && isDefaultModel)
            return _model;
        return new ModelRef(isDefaultProvider ? _model.Provider : provider, isDefaultModel ? _model.Model : model);
    }

    /// <summary>The model in force for an agent, with the key variable and address that its manifest names.</summary>
    public ModelRef Resolve(AgentModel wanted)
    {
        var resolved = Resolve(wanted.Provider, wanted.Model);
        return ReferenceEquals(resolved, _model) ? resolved : resolved with { ApiKeyEnv = wanted.ApiKeyEnv, BaseUrl = wanted.BaseUrl };
    }
}

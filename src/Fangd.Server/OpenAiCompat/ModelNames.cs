using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.OpenAiCompat;

/// <summary>Finds the agent behind a model name: <c>PRODUCT:name</c>, a UUID, a name; anything else is the first agent.</summary>
internal sealed class ModelNames(AgentRegistry registry)
{
    private static readonly string[] Products = ["librefang", "openfang", "agentos", "fangd"];

    public Agent Resolve(string model)
    {
        var colon = model.IndexOf(':');
        if (colon > 0 && Products.Contains(model[..colon], StringComparer.OrdinalIgnoreCase))
        {
            var name = model[(colon + 1)..];
            return registry.ByIdOrName(name) ?? throw new ApiException(ApiFault.NotFound, $"no agent is named '{name}'", null, "model_not_found");
        }

        if (registry.ByIdOrName(model) is { } agent)
            return agent;
        var all = registry.All;
        return all.Length > 0
            ? all[0]
            : throw new ApiException(ApiFault.NotFound, "there is no agent yet: spawn one with POST /api/agents", null, "model_not_found");
    }
}

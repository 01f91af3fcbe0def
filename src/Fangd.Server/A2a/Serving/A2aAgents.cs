using System.Text.Json;
using Fangd.Protocols.A2a;
using Fangd.Server.A2a.Tasks;
using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.A2a.Serving;

/// <summary>
/// Which agent is meant: the one that the message's metadata names (<c>agent_id</c> or <c>agent</c>), else the tenant, else the one that has the
/// context, else the configured one, else the first. Names are ids or names.
/// </summary>
internal sealed class A2aAgents(AgentRegistry registry, A2aTaskStore tasks, string? configured)
{
    public AgentRegistry Registry => registry;

    public Agent Of(A2aMessage message, JsonElement metadata, string? tenant)
    {
        if ((Named(message.Metadata) ?? Named(metadata) ?? tenant) is { } name)
            return Find(name);
        if (message.ContextId is { } context && tasks.AgentOfContext(context) is { } id && registry.Find(id) is { } same)
            return same;
        return Default ?? throw A2aFault.Unsupported("No agent is there yet: spawn one first");
    }

    public Agent Find(string name) => registry.ByIdOrName(name) ?? throw A2aFault.Params($"Agent '{name}' not found");

    /// <summary>Who answers when nobody is named; null when there are no agents.</summary>
    public Agent? Default
    {
        get
        {
            if (configured is not null && registry.ByIdOrName(configured) is { } chosen)
                return chosen;
            var all = registry.All;
            return all.IsEmpty ? null : all[0];
        }
    }

    /// <summary>404 when there is none.</summary>
    public Agent DefaultOrMissing => Default ?? throw ApiException.NotFound("no agent is there yet: spawn one first");

    private static string? Named(JsonElement metadata) => metadata.ValueKind != JsonValueKind.Object
        ? null
        : A2aReader.Text(metadata, "agent_id", "metadata") ?? A2aReader.Text(metadata, "agentId", "metadata") ?? A2aReader.Text(metadata, "agent", "metadata");
}

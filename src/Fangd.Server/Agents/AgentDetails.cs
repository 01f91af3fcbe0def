using Fangd.Engine.Tools;
using Fangd.Server.Http;
using Fangd.Server.Providers;

namespace Fangd.Server.Agents;

/// <summary>Puts the full picture of an agent together.</summary>
internal sealed class AgentDetails(AgentStore store, ToolGate gate, AgentWorkspaces workspaces, DefaultModel defaults)
{
    public string ManifestText(Agent agent) => store.ManifestText(agent.Id) ?? throw ApiException.NotFound($"Agent '{agent.Id}' not found");

    public AgentDetail Of(Agent agent)
    {
        var (manifest, summary) = (agent.Manifest, agent.Summary);
        var model = defaults.Resolve(summary.Provider, summary.Model);
        var capabilities = manifest.Capabilities;
        var identity = manifest.Identity;
        var scope = new ToolScope { AgentId = agent.Id, Agent = manifest, RunId = "", Workspace = workspaces.Of(agent) };
        return new AgentDetail
        {
            Id = agent.Id,
            Name = summary.Name,
            State = summary.State,
            Mode = summary.Mode,
            Profile = summary.Profile,
            CreatedAt = agent.CreatedAt,
            UpdatedAt = summary.UpdatedAt,
            SessionId = agent.Session.Id,
            ParentId = agent.ParentId,
            Version = manifest.Version,
            Author = manifest.Author,
            Module = manifest.Module,
            Description = manifest.Description,
            Model = new AgentModelDetail(model.Provider, model.Model, manifest.Model.MaxTokens, manifest.Model.Temperature, manifest.Model.SystemPrompt),
            Capabilities = new AgentCapabilitiesDetail(
                capabilities.Tools,
                capabilities.Network,
                capabilities.Shell,
                capabilities.MemoryRead,
                capabilities.MemoryWrite,
                capabilities.AgentMessage,
                capabilities.AgentSpawn),
            Identity = new AgentIdentityDetail(identity.Emoji, identity.AvatarUrl, identity.Color, identity.Archetype, identity.Vibe, identity.GreetingStyle),
            Tags = manifest.Tags,
            Skills = manifest.Skills,
            McpServers = manifest.McpServers,
            OfferedTools = [.. gate.Open(scope, summary.Mode).Offered.Select(t => t.Name)],
            ManifestToml = ManifestText(agent),
        };
    }
}

using Fangd.Engine.Agents;
using Fangd.Server.Files;
using Fangd.Server.Skills;

namespace Fangd.Server.Agents;

/// <summary>What an agent is told beside its manifest's own prompt: its identity files and its skills.</summary>
internal sealed class AgentBriefing(SkillLibrary skills)
{
    /// <summary>Null when there is nothing. Looks at the workspace anew each time, since files there change at any moment.</summary>
    public string? Of(AgentManifest agent, string workspace) => (IdentityFiles.Prompt(workspace), skills.Prompt(agent.Skills)) switch
    {
        ({ } identity, { } learned) => $"{identity}\n\n{learned}",
        var (identity, learned) => identity ?? learned,
    };
}

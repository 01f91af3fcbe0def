using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.Skills;

/// <summary>Lists the skills, and assigns them to agents.</summary>
internal sealed class SkillEndpoints(SkillLibrary library, AgentRegistry registry, AgentLifecycle lifecycle)
{
    private const int MostAssigned = 50;

    public void Map(RouteTable routes)
    {
        routes.Get("/api/skills", List);
        routes.Get("/api/agents/{id}/skills", Get);
        routes.Put("/api/agents/{id}/skills", Put);
    }

    private async Task List(Exchange exchange)
    {
        var skills = await Task.Run(library.All, exchange.Aborted);
        var items = skills.Select(skill => new SkillItem(skill.Name, skill.Version, "prompt_only", skill.Description, skill.IsBundled)).ToList();
        await exchange.Ok(new SkillList(items, items.Count));
    }

    private async Task Get(Exchange exchange)
    {
        var assigned = registry.Of(exchange).Manifest.Skills;
        var available = (await Task.Run(library.All, exchange.Aborted)).Select(skill => skill.Name).ToList();
        await exchange.Ok(new AgentSkills(assigned, available, assigned.Count == 0 ? "all" : "selected"));
    }

    private async Task Put(Exchange exchange)
    {
        var agent = registry.Of(exchange);
        var names = (await exchange.ReadJson<AgentSkillsRequest>()).Skills ?? throw ApiException.BadRequest("skills is missing");
        if (names.Count > MostAssigned)
            throw ApiException.BadRequest($"skills has {names.Count} entries; at most {MostAssigned} are possible");
        foreach (var name in names)
        {
            if (name is null || await Task.Run(() => library.Find(name), exchange.Aborted) is null)
                throw ApiException.BadRequest($"skills: there is no skill '{name}'");
        }

        await lifecycle.Change(agent, text => ManifestEdit.Set(text, ["skills"], names));
        await exchange.Ok(new SkillsAssigned("ok", names));
    }
}

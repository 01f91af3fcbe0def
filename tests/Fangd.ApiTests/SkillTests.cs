using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Skills are listed and assigned, and an agent is told of its own.</summary>
public sealed class SkillTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private readonly ApiClient api = shared.Api;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_skill_that_is_assigned_is_told_to_the_model()
    {
        var agent = await shared.Spawn();
        var listed = await api.Do("GET /api/skills", Cancel);
        Assert.Equal(listed.Number("total"), listed.GetProperty("skills").GetArrayLength());
        await new ApiCase("none", $"GET /api/agents/{agent}/skills", 200, """{"assigned": [], "available": "*", "mode": "all"}""").Run(api, Cancel);

        await new ApiCase("assign", $"PUT /api/agents/{agent}/skills", 200, """{"status": "ok", "skills": ["docker"]}""", """{"skills": ["docker"]}""").Run(api, Cancel);
        await shared.Say(agent, $"what do you know, {agent}");

        await new ApiCase("one", $"GET /api/agents/{agent}/skills", 200, """{"assigned": ["docker"], "available": "*", "mode": "selected"}""").Run(api, Cancel);
        Assert.Contains("## Skill: docker", (await shared.Model.CallWith($"what do you know, {agent}", Cancel)).Transcript[0]);
    }

    [Fact]
    public async Task An_unknown_skill_is_named()
    {
        var agent = await shared.Spawn();

        await new ApiCase("unknown", $"PUT /api/agents/{agent}/skills", 400, """{"error": "skills: there is no skill 'levitation'"}""", """{"skills": ["docker", "levitation"]}""").Run(api, Cancel);
        await new ApiCase("missing", $"PUT /api/agents/{agent}/skills", 400, """{"error": "skills is missing"}""", "{}").Run(api, Cancel);
    }
}

using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Templates as they are listed, shown and spawned.</summary>
public sealed class TemplateTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_template_is_shown_and_spawns_an_agent()
    {
        var list = await shared.Api.Do("GET /api/templates", Cancel);
        var names = list.GetProperty("templates").EnumerateArray().Select(template => template.Text("name")).ToList();

        Assert.NotEmpty(names);
        Assert.Equal(names.Count, list.Number("total"));
        foreach (var name in names)
        {
            var shown = await new ApiCase(name, $"GET /api/templates/{name}", 200, $$$"""{"name": "{{{name}}}", "manifest": {"name": "*", "model": "*", "capabilities": "*", "*": "*"}, "manifest_toml": "*name = *", "*": "*"}""").Run(shared.Api, Cancel);
            var own = await shared.Api.Do("POST /api/agents", Cancel, $$"""{"template": "{{name}}", "name": "{{shared.NewName()}}"}""");
            var detail = await shared.Api.Do($"GET /api/agents/{own.Text("agent_id")}", Cancel);
            Assert.Equal(shown.Json.GetProperty("manifest").Text("description"), detail.Text("description"));
        }
    }

    [Fact]
    public async Task A_template_without_a_name_of_its_own_keeps_the_templates()
    {
        var name = (await shared.Api.Do("GET /api/templates", Cancel)).GetProperty("templates")[0].Text("name");

        var spawned = await shared.Api.Do("POST /api/agents", Cancel, $$"""{"template": "{{name}}"}""");

        Assert.Equal((await shared.Api.Do($"GET /api/templates/{name}", Cancel)).GetProperty("manifest").Text("name"), spawned.Text("name"));
    }

    [Theory]
    [InlineData("..%2F..%2Fsecrets")]
    [InlineData("%2Fetc%2Fpasswd")]
    public async Task A_name_that_leads_elsewhere_is_no_template(string name)
    {
        await new ApiCase(name, $"GET /api/templates/{name}", 404).Run(shared.Api, Cancel);
    }
}

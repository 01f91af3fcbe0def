using System.Net;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>The configuration is looked at, changed and reread over the API.</summary>
public sealed class ConfigTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private readonly ApiClient api = shared.Api;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_budget_that_is_set_is_in_force_at_once_and_in_the_file()
    {
        await new ApiCase("set", "POST /api/config/set", 200, """{"status": "applied", "path": "budget.max_daily_usd"}""", """{"path": "budget.max_daily_usd", "value": 12.5}""").Run(api, Cancel);

        Assert.Equal(12.5, (await api.Do("GET /api/budget", Cancel)).GetProperty("daily").GetProperty("limit").GetDouble());
        await new ApiCase("reread", "POST /api/config/reload", 200, """{"status": "no_changes", "restart_required": false, "restart_reasons": [], "hot_actions_applied": [], "noop_changes": []}""").Run(api, Cancel);
        await api.Do("POST /api/config/set", Cancel, """{"path": "budget.max_daily_usd", "value": 0}""");
    }

    [Fact]
    public async Task The_default_model_shows_at_once()
    {
        var before = (await api.Do("GET /api/status", Cancel)).Text("default_model");

        await api.Do("POST /api/config/set", Cancel, """{"path": "default_model.model", "value": "other-model"}""");

        Assert.Equal("other-model", (await api.Do("GET /api/status", Cancel)).Text("default_model"));
        await api.Do("POST /api/config/set", Cancel, $$"""{"path": "default_model.model", "value": "{{before}}"}""");
    }

    [Fact]
    public async Task A_key_that_is_read_at_start_waits_for_it_and_is_told_again()
    {
        await new ApiCase("set", "POST /api/config/set", 200, """{"status": "restart_required", "path": "max_history_messages"}""", """{"path": "max_history_messages", "value": 33}""").Run(api, Cancel);

        await new ApiCase("reread", "POST /api/config/reload", 200, """
            {"status": "applied", "restart_required": true, "restart_reasons": ["max_history_messages is read at start only"], "hot_actions_applied": [], "noop_changes": []}
            """).Run(api, Cancel);
        await api.Do("POST /api/config/set", Cancel, """{"path": "max_history_messages", "value": 40}""");
    }

    [Theory]
    [InlineData("""{"value": 1}""", 400, "path is missing")]
    [InlineData("""{"path": "budget.max_daily_usd"}""", 400, "value is missing")]
    [InlineData("""{"path": "a.b.c.d", "value": 1}""", 400, "path 'a.b.c.d' has 4 levels*")]
    [InlineData("""{"path": "no_section.no_key", "value": 1}""", 400, "*no_section*")]
    [InlineData("""{"path": "budget.max_daily_usd", "value": "much"}""", 400, "budget.max_daily_usd: *")]
    [InlineData("""{"path": "budget.max_daily_usd", "value": {}}""", 400, "value must be *")]
    [InlineData("""{"path": "api_key", "value": "mine"}""", 403, "path 'api_key' may not be set *")]
    [InlineData("""{"path": "listener.0.address", "value": "0.0.0.0:1"}""", 403, "*may not be set*")]
    public Task A_wrong_change_is_refused_and_changes_nothing(string body, int status, string error) =>
        new ApiCase("wrong", "POST /api/config/set", status, $$"""{"error": {{FakeJson.Quote(error)}}}""", body).Run(api, Cancel);

    [Fact]
    public async Task The_schema_names_sections_keys_types_and_defaults()
    {
        var sections = (await api.Do("GET /api/config/schema", Cancel)).GetProperty("sections").EnumerateArray().ToDictionary(section => section.Text("name"));

        JsonPattern.Matches("""{"key": "max_daily_usd", "type": "float", "default": 0}""", Field("budget", "max_daily_usd"));
        JsonPattern.Matches("""{"key": "second_factor", "type": "string", "default": "none"}""", Field("approval", "second_factor"));
        JsonPattern.Matches("""{"key": "max_history_messages", "type": "integer", "default": 40}""", Field("general", "max_history_messages"));
        Assert.Equal(HttpStatusCode.OK, (await api.Send("GET /api/config", Cancel)).Status);

        System.Text.Json.JsonElement Field(string section, string key) =>
            sections[section].GetProperty("fields").EnumerateArray().Single(field => field.Text("key") == key);
    }
}

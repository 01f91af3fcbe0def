using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>The audit chain as people read it, and what finds its way into it. One daemon.</summary>
public sealed class AuditTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private const string Writing = "[capabilities]\ntools = [\"file_write\", \"file_read\"]";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_life_of_an_agent_is_taken_down()
    {
        var name = shared.NewName();
        var agent = await shared.Spawn(name: name);
        await shared.Api.Do($"PUT /api/agents/{agent}/mode", Cancel, """{"mode": "Observe"}""");
        await shared.Api.Do($"PATCH /api/agents/{agent}", Cancel, """{"description": "another"}""");
        await shared.Api.Do($"DELETE /api/agents/{agent}", Cancel);

        var entries = await Of(agent);
        Assert.Equal(
            [("agent_spawned", "AgentSpawn"), ("config_changed", "ConfigChange"), ("config_changed", "ConfigChange"), ("agent_killed", "AgentKill")],
            entries.Select(entry => (entry.Text("event_type"), entry.Text("action"))));
        Assert.Equal($"Agent '{name}' spawned with model default/default", entries[0].Text("details"));
        Assert.Equal(
            [$"Agent '{name}' set to mode Observe", $"Manifest of agent '{name}' changed", $"Agent '{name}' killed"],
            entries.Skip(1).Select(entry => entry.Text("detail")));
        JsonPattern.Matches(
            $$"""{"id": "*", "seq": "*", "timestamp": "*", "event_type": "*", "action": "*", "agent_id": "{{agent}}", "details": "*", "detail": "*", "outcome": "ok", "hash": "*", "prev_hash": "*"}""",
            entries[0]);
    }

    [Fact]
    public async Task A_message_that_uses_no_tool_leaves_no_trace()
    {
        var agent = await shared.Spawn();
        await Say(agent, "hello");
        Assert.Equal("AgentSpawn", Assert.Single(await Of(agent)).Text("action"));
    }

    [Fact]
    public async Task Calls_that_change_something_and_calls_that_are_denied_are_there_when_the_answer_is()
    {
        var agent = await shared.Spawn(Writing);
        await Say(agent, """<<call file_write {"path": "a.txt", "content": "x"}>>""");
        await Say(agent, """<<call file_read {"path": "a.txt"}>>""");
        await Say(agent, """<<call file_delete {"path": "a.txt"}>>""");

        var entries = (await Of(agent)).Skip(1).ToList();
        Assert.Equal(
            [("FileAccess", "started"), ("FileAccess", "ok"), ("CapabilityCheck", "denied")],
            entries.Select(entry => (entry.Text("action"), entry.Text("outcome"))));
        Assert.StartsWith("file_write: a.txt (run ", entries[0].Text("details"), StringComparison.Ordinal);
        Assert.Equal(entries[0].Text("details"), entries[1].Text("details"));
        Assert.StartsWith("file_delete (run ", entries[2].Text("details"), StringComparison.Ordinal);
        Assert.DoesNotContain("content", entries[0].Text("details"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_are_taken_down_without_their_secrets()
    {
        await shared.Api.Do("POST /api/providers/groq/key", Cancel, """{"key": "gsk-very-secret"}""");
        await shared.Api.Do("DELETE /api/providers/groq/key", Cancel);
        await shared.Api.Do("PUT /api/providers/groq/url", Cancel, """{"base_url": "http://127.0.0.1:1/v1?key=very-secret"}""");
        await shared.Api.Do("PUT /api/budget", Cancel, """{"max_daily_usd": 7.5}""");
        await shared.Api.Do("POST /api/config/set", Cancel, """{"path": "max_history_messages", "value": 50}""");
        await shared.Api.Do("PUT /api/vault/MAIL_TOKEN", Cancel, """{"value": "very-secret"}""");
        await shared.Api.Do("DELETE /api/vault/MAIL_TOKEN", Cancel);

        var page = await shared.Api.Do("GET /api/audit/recent?limit=500", Cancel);
        var details = page.GetProperty("entries").EnumerateArray().Where(entry => entry.GetProperty("agent_id").ValueKind == JsonValueKind.Null).Select(entry => entry.Text("details")).ToList();
        foreach (var expected in (string[])
        [
            "Key of provider groq set (GROQ_API_KEY)", "Key of provider groq removed (GROQ_API_KEY)", "Address of provider groq set to http://127.0.0.1:1/v1",
            "Budget of all agents changed: daily_usd 7.5", "Secret MAIL_TOKEN set", "Configuration changed: max_history_messages", "Secret MAIL_TOKEN removed",
        ])
            Assert.Contains(expected, details);
        Assert.DoesNotContain("very-secret", page.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_was_refused_is_told_once_however_often_it_tries()
    {
        for (var i = 0; i < 20; i++)
            await shared.Stranger.Send("GET /api/agents", Cancel);
        await shared.Spawn();

        var attempts = (await Page("?action=AuthAttempt&limit=500")).GetProperty("entries").EnumerateArray().ToList();
        Assert.Single(attempts, entry => entry.Text("outcome") == "denied");
        Assert.Equal("API key accepted from 127.0.0.1", Assert.Single(attempts, entry => entry.Text("outcome") == "ok").Text("details"));
    }

    [Fact]
    public async Task Pages_follow_one_another_and_the_chain_holds()
    {
        for (var i = 0; i < 4; i++)
            await shared.Spawn();
        var all = (await Page("?limit=500")).GetProperty("entries").EnumerateArray().ToList();
        var first = (await Page("?n=3")).GetProperty("entries").EnumerateArray().ToList();
        var next = (await Page($"?limit=2&before={first[2].GetProperty("id").GetInt64()}")).GetProperty("entries").EnumerateArray().ToList();

        Assert.Equal((3, 2), (first.Count, next.Count));
        Assert.Equal(first[2].Text("prev_hash"), next[0].Text("hash"));
        Assert.Equal(all.Skip(1).Select(entry => entry.Text("hash")), all.SkipLast(1).Select(entry => entry.Text("prev_hash")));
        Assert.Equal("AgentSpawn", (await Page("?limit=1&action=agent_spawned")).GetProperty("entries")[0].Text("action"));
        Assert.Equal(Math.Min(50, all.Count), (await Page("")).GetProperty("entries").GetArrayLength());
        Assert.InRange((await Page("?limit=100000")).GetProperty("entries").GetArrayLength(), all.Count, 500);

        var verified = await shared.Api.Do("GET /api/audit/verify", Cancel);
        JsonPattern.Matches(
            """{"status": "valid", "valid": true, "chain_length": "*", "entries": "*", "pruned_entries": 0, "first_entry": "*", "last_entry": "*", "tip_hash": "*"}""", verified);
        Assert.InRange(verified.GetProperty("chain_length").GetInt64(), all.Count, all.Count + 20);
    }

    [Theory]
    [InlineData("limit=0", "limit must be a whole number from 1 to 2147483647")]
    [InlineData("limit=many", "limit must be a whole number from 1 to 2147483647")]
    [InlineData("before=-1", "before must be the id of an entry")]
    [InlineData("agent_id=bob", "agent_id is not a UUID")]
    [InlineData("action=Sneeze", "action must be one of ToolInvoke, CapabilityCheck, AgentSpawn*")]
    public Task A_wrong_question_is_400(string query, string error) =>
        new ApiCase(query, $"GET /api/audit/recent?{query}", 400, $$"""{"error": "{{error}}"}""").Run(shared.Api, Cancel);

    [Fact]
    public async Task Tampering_is_found_and_named()
    {
        await using var model = FakeModel.Start();
        using var home = new TempFolder();
        var setup = Daemons.With(model) with { Home = home.Root };
        await using (var before = await Daemons.Start(setup, Cancel))
        {
            using var first = new ApiClient(before);
            await new ApiCase("empty", "GET /api/audit/verify", 200, """{"status": "valid", "chain_length": 0, "first_entry": null, "last_entry": null, "*": "*"}""").Run(first, Cancel);
            for (var i = 0; i < 3; i++)
                await first.Do("POST /api/agents", Cancel, Requests.Manifest($"name = \"a{i}\""));
        }

        // Against the binary no daemon of this process has done so.
        SQLitePCL.Batteries_V2.Init();
        using (var sql = new Fangd.Server.Storage.SqlSession(home["data/fangd.db"], isReadOnly: false))
            sql.Execute("UPDATE audit_entries SET detail = 'nothing happened' WHERE action = 'AgentSpawn' AND detail LIKE '%a1%'");
        await using var daemon = await Daemons.Start(setup, Cancel);
        using var api = new ApiClient(daemon);
        var entry = (await api.Do("GET /api/audit/recent", Cancel)).GetProperty("entries").EnumerateArray().Single(e => e.Text("details") == "nothing happened");

        await new ApiCase(
            "broken",
            "GET /api/audit/verify",
            200,
            $$"""{"status": "broken", "valid": false, "break_at": {{entry.GetProperty("id").GetInt64()}}, "error": "the entry does not fit its hash*", "*": "*"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task Each_of_the_sixteen_systems_says_how_it_stands()
    {
        var report = await shared.Api.Do("GET /api/security", Cancel);

        var words = report.GetProperty("security_systems").EnumerateObject().ToDictionary(system => system.Name, system => system.Value.GetString()!);
        var details = report.GetProperty("details");
        Assert.Equal((16, 16, words.Values.Count(word => word == "active")), (words.Count, report.Number("total_systems"), report.Number("active_systems")));
        Assert.Equal(words.Values.All(word => word == "active"), report.GetProperty("all_active").GetBoolean());
        Assert.Equal("active", words["merkle_audit_trail"]);
        // This daemon's configuration turns the limits off.
        Assert.Equal("inactive", words["gcra_rate_limiter"]);
        Assert.EndsWith("not limited by configuration", details.Text("gcra_rate_limiter"), StringComparison.Ordinal);
        Assert.All(words.Keys, name => Assert.NotEqual("", details.Text(name)));
    }

    private async Task<List<JsonElement>> Of(string agent) =>
        [.. (await Page($"?agent_id={agent}&limit=100")).GetProperty("entries").EnumerateArray().Reverse()];

    private Task<JsonElement> Page(string query) => shared.Api.Do($"GET /api/audit/recent{query}", Cancel);

    private Task<JsonElement> Say(string agent, string text) => shared.Api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message(text));
}

using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Agents that ask, make and end one another, and the lists that narrow their tools.</summary>
public sealed class AgentToolTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private const string Speaker = "[capabilities]\ntools = [\"agent_*\"]\nagent_message = [\"*\"]";

    private readonly ApiClient api = shared.Api;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_asks_another_one_and_the_two_have_a_conversation_of_their_own()
    {
        var asking = await shared.Spawn(Speaker);
        var asked = await shared.Spawn();

        var first = await Call(asking, "agent_send", $$"""{"agent_id": "{{asked}}", "message": "how are you"}""");
        var second = await Call(asking, "agent_call", $$"""{"agent_id": "{{asked}}", "message": "and now"}""");

        Assert.Contains("echo: how are you", first);
        Assert.Contains("echo: and now", second);
        Assert.Equal(0, (await api.Do($"GET /api/agents/{asked}/session", Cancel)).Number("message_count"));
        var sessions = (await api.Do($"GET /api/agents/{asked}/sessions", Cancel)).GetProperty("sessions").EnumerateArray().ToList();
        Assert.Contains(sessions, session => session.Number("message_count") == 4);
    }

    [Fact]
    public async Task A_circle_of_questions_is_broken_with_a_sentence()
    {
        var first = await shared.Spawn(Speaker);
        var second = await shared.Spawn(Speaker);
        // The second one asks the first back, which asks the second again: that question would wait for itself.
        var innermost = $$"""<<call agent_send {"agent_id": "{{second}}", "message": "round"}>>""";
        var back = Escape($$"""<<call agent_send {"agent_id": "{{first}}", "message": "{{Escape(innermost)}}"}>>""");

        var answer = await Call(first, "agent_send", $$"""{"agent_id": "{{second}}", "message": "{{back}}"}""");

        Assert.Contains("is waiting for the answer to this very question", answer);
    }

    [Fact]
    public async Task Without_the_capability_nobody_is_asked()
    {
        var asked = await shared.Spawn();
        var mute = await shared.Spawn("[capabilities]\ntools = [\"agent_send\"]");
        var other = await shared.Spawn("[capabilities]\ntools = [\"agent_send\"]\nagent_message = [\"friend-*\"]");

        Assert.Contains("no agent_message capability", await Call(mute, "agent_send", $$"""{"agent_id": "{{asked}}", "message": "x"}"""));
        Assert.Contains("not covered by the agent's agent_message", await Call(other, "agent_send", $$"""{"agent_id": "{{asked}}", "message": "x"}"""));
        Assert.Contains("There is no agent", await Call(other, "agent_send", """{"agent_id": "nobody", "message": "x"}"""));
    }

    [Fact]
    public async Task An_agent_makes_a_child_with_no_more_than_it_has_and_ends_it()
    {
        var parent = await shared.Spawn("[capabilities]\ntools = [\"agent_*\", \"file_read\"]\nagent_spawn = true\nagent_message = [\"*\"]");
        var stranger = await shared.Spawn();
        var name = $"child-of-{parent[..8]}";

        var wider = await Call(parent, "agent_spawn", $$"""{"manifest_toml": "name = '{{name}}'\n[capabilities]\ntools = ['*']"}""");
        var made = await Call(parent, "agent_spawn", $$"""{"manifest_toml": "name = '{{name}}'\n[capabilities]\ntools = ['file_read']"}""");

        Assert.Contains("the parent does not have", wider);
        Assert.Contains($"Created the agent", made);
        Assert.Contains(name, await Call(parent, "agent_find", $$"""{"query": "{{name}}"}"""));
        Assert.Contains("was not created by you", await Call(parent, "agent_kill", $$"""{"agent_id": "{{stranger}}"}"""));
        Assert.Contains("was ended", await Call(parent, "agent_kill", $$"""{"agent_id": "{{name}}"}"""));
        Assert.Contains("No agent matches", await Call(parent, "agent_find", $$"""{"query": "{{name}}"}"""));
    }

    [Fact]
    public async Task Spawning_needs_its_capability()
    {
        var agent = await shared.Spawn("[capabilities]\ntools = [\"agent_*\"]");

        Assert.Contains("no agent_spawn capability", await Call(agent, "agent_spawn", """{"manifest_toml": "name = 'x'"}"""));
    }

    [Fact]
    public async Task The_lists_of_tools_are_set_and_narrow_what_is_offered()
    {
        var agent = await shared.Spawn("[capabilities]\ntools = [\"file_*\"]");

        await new ApiCase("set", $"PUT /api/agents/{agent}/tools", 200, """{"tool_allowlist": ["file_read", "file_list"], "tool_blocklist": ["file_list"]}""",
            """{"tool_allowlist": ["file_read", "file_list"], "tool_blocklist": ["file_list"]}""").Run(api, Cancel);
        await new ApiCase("one", $"PUT /api/agents/{agent}/tools", 200, """{"tool_allowlist": ["file_read", "file_list"], "tool_blocklist": []}""",
            """{"tool_blocklist": []}""").Run(api, Cancel);
        await new ApiCase("get", $"GET /api/agents/{agent}/tools", 200, """{"tool_allowlist": ["file_read", "file_list"], "tool_blocklist": []}""").Run(api, Cancel);
        await new ApiCase("none", $"PUT /api/agents/{agent}/tools", 400, """{"error": "tool_allowlist or tool_blocklist is missing"}""", "{}").Run(api, Cancel);
        await new ApiCase("shape", $"PUT /api/agents/{agent}/tools", 400, """{"error": "*tool_allowlist*"}""", """{"tool_allowlist": "file_read"}""").Run(api, Cancel);
        await new ApiCase("empty", $"PUT /api/agents/{agent}/tools", 400, """{"error": "tool_allowlist[0] must be *"}""", """{"tool_allowlist": [""]}""").Run(api, Cancel);

        Assert.Contains("is not on the agent's tool_allowlist", await Call(agent, "file_write", """{"path": "a", "content": "b"}"""));
    }

    [Fact]
    public async Task An_event_is_published_and_a_bad_type_is_named()
    {
        var agent = await shared.Spawn("[capabilities]\ntools = [\"event_publish\", \"location_get\"]");

        Assert.Contains("Published", await Call(agent, "event_publish", """{"event_type": "door.opened", "payload": {"room": 1}}"""));
        Assert.Contains("event_type", await Call(agent, "event_publish", """{"event_type": "no spaces"}"""));
        Assert.Contains("[location] in config.toml", await Call(agent, "location_get", "{}"));
    }

    /// <summary>What the tool answered, as the model saw it.</summary>
    private async Task<string> Call(string agent, string tool, string arguments) =>
        (await shared.Say(agent, $"<<call {tool} {arguments}>>")).Text("content");

    /// <summary>Text for inside a JSON string, without the marks that would call a tool of the outer agent.</summary>
    private static string Escape(string text) =>
        text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("<", "\\u003c").Replace(">", "\\u003e");
}

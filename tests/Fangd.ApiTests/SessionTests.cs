using System.Net;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Conversations: looked at, started, switched, labelled, reset, compacted, deleted.</summary>
public sealed class SessionTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private readonly ApiClient api = shared.Api;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_shows_its_messages_with_what_tools_did()
    {
        var agent = await shared.Spawn("[capabilities]\ntools = [\"file_write\"]");
        await shared.Say(agent, """<<call file_write {"path": "n.txt", "content": "x"}>>""");

        await new ApiCase("session", $"GET /api/agents/{agent}/session", 200, $$"""
            {
              "session_id": "*", "agent_id": "{{agent}}", "message_count": 3, "context_window_tokens": "*", "running": false,
              "messages": [
                {"role": "User", "content": "<<call *", "timestamp": "20*"},
                {"role": "Assistant", "content": "", "timestamp": "20*",
                 "tools": [{"id": "*", "name": "file_write", "input": {"path": "n.txt", "content": "x"}, "result": "*", "is_error": false}]},
                {"role": "Assistant", "content": "result: *", "timestamp": "20*"}
              ]
            }
            """).Run(api, Cancel);
    }

    [Fact]
    public async Task A_limit_shows_the_newest_messages_and_counts_them_all()
    {
        var agent = await shared.Spawn();
        await shared.Say(agent, "one");
        await shared.Say(agent, "two");

        var session = await api.Do($"GET /api/agents/{agent}/session?limit=1", Cancel);

        Assert.Equal((4, "echo: two"), (session.Number("message_count"), Assert.Single(session.GetProperty("messages").EnumerateArray()).Text("content")));
        await new ApiCase("limit", $"GET /api/agents/{agent}/session?limit=0", 400, """{"error": "limit must be *"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task A_new_session_is_the_active_one_until_another_is_switched_to()
    {
        var agent = await shared.Spawn();
        var first = (await shared.Say(agent, "in the first")).Text("session_id");

        var second = (await new ApiCase("create", $"POST /api/agents/{agent}/sessions", 200, """{"session_id": "*", "label": "Plan B"}""", """{"label": " Plan B "}""").Run(api, Cancel)).Json.Text("session_id");
        Assert.Equal(second, (await shared.Say(agent, "in the second")).Text("session_id"));
        await new ApiCase("switch", $"POST /api/agents/{agent}/sessions/{first}/switch", 200, $$"""{"status": "ok", "session_id": "{{first}}", "message": "Session switched"}""").Run(api, Cancel);

        Assert.Equal(first, (await shared.Say(agent, "in the first again")).Text("session_id"));
        await new ApiCase("list", $"GET /api/agents/{agent}/sessions", 200, $$"""
            {"sessions": [
              {"id": "{{second}}", "session_id": "{{second}}", "agent_id": "{{agent}}", "agent_name": "*", "message_count": 2, "created_at": "20*", "label": "Plan B", "active": false, "*": "*"},
              {"id": "{{first}}", "session_id": "{{first}}", "agent_id": "{{agent}}", "agent_name": "*", "message_count": 4, "created_at": "20*", "label": null, "active": true, "*": "*"}
            ], "total": 2}
            """).Run(api, Cancel);
    }

    [Fact]
    public async Task A_session_of_another_agent_cannot_be_switched_to()
    {
        var (mine, other) = (await shared.Spawn(), await shared.Spawn());
        var session = (await api.Do($"GET /api/agents/{other}", Cancel)).Text("session_id");

        await new ApiCase("switch", $"POST /api/agents/{mine}/sessions/{session}/switch", 404).Run(api, Cancel);
        await new ApiCase("switch", $"POST /api/agents/{mine}/sessions/x/switch", 400).Run(api, Cancel);
    }

    [Fact]
    public async Task A_label_is_set_found_and_cleared()
    {
        var name = shared.NewName();
        var agent = await shared.Spawn("", name);
        var session = (await api.Do($"GET /api/agents/{agent}", Cancel)).Text("session_id");

        await new ApiCase("set", $"PUT /api/sessions/{session}/label", 200, $$"""{"status": "updated", "session_id": "{{session}}", "label": "Möbel_1 a-b"}""", """{"label": "Möbel_1 a-b"}""").Run(api, Cancel);
        foreach (var key in new[] { agent, name })
            await new ApiCase("find", $"GET /api/agents/{key}/sessions/by-label/M%C3%B6bel_1%20a-b", 200, $$"""{"session_id": "{{session}}", "agent_id": "{{agent}}", "label": "Möbel_1 a-b", "message_count": 0}""").Run(api, Cancel);
        await new ApiCase("clear", $"PUT /api/sessions/{session}/label", 200, $$"""{"status": "updated", "session_id": "{{session}}", "label": null}""", """{"label": null}""").Run(api, Cancel);

        await new ApiCase("gone", $"GET /api/agents/{agent}/sessions/by-label/M%C3%B6bel_1%20a-b", 404).Run(api, Cancel);
    }

    [Theory]
    [InlineData("{}", "label is missing (null clears it)")]
    [InlineData("""{"label": 7}""", "label must be a string or null")]
    [InlineData("""{"label": ""}""", "label must be 1 to 128 letters, digits, spaces, - or _")]
    [InlineData("""{"label": "a/b"}""", "label must be 1 to 128 letters, digits, spaces, - or _")]
    public async Task A_label_that_is_not_allowed_is_refused(string body, string error)
    {
        var session = (await api.Do($"GET /api/agents/{await shared.Spawn()}", Cancel)).Text("session_id");

        await new ApiCase("label", $"PUT /api/sessions/{session}/label", 400, $$"""{"error": "{{error}}"}""", body).Run(api, Cancel);
    }

    [Fact]
    public async Task A_label_of_128_letters_is_the_longest()
    {
        var session = (await api.Do($"GET /api/agents/{await shared.Spawn()}", Cancel)).Text("session_id");

        await new ApiCase("128", $"PUT /api/sessions/{session}/label", 200, null, $$"""{"label": "{{new string('a', 128)}}"}""").Run(api, Cancel);
        await new ApiCase("129", $"PUT /api/sessions/{session}/label", 400, null, $$"""{"label": "{{new string('a', 129)}}"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task A_reset_leaves_an_empty_session_in_place_of_the_old_one()
    {
        var agent = await shared.Spawn();
        var old = (await shared.Say(agent, "forget me")).Text("session_id");

        var reset = await new ApiCase("reset", $"POST /api/agents/{agent}/session/reset", 200, $$"""{"status": "reset", "agent_id": "{{agent}}", "new_session_id": "*"}""").Run(api, Cancel);

        Assert.NotEqual(old, reset.Json.Text("new_session_id"));
        await new ApiCase("empty", $"GET /api/agents/{agent}/session", 200, """{"message_count": 0, "messages": [], "*": "*"}""").Run(api, Cancel);
        await new ApiCase("gone", $"PUT /api/sessions/{old}/label", 404, null, """{"label": "x"}""").Run(api, Cancel);
        await shared.Say(agent, "do you know me");
        Assert.DoesNotContain((await shared.Model.CallWith("do you know me", Cancel)).Transcript, line => line.Contains("forget me", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reset_ends_the_run_in_the_session()
    {
        var agent = await shared.Spawn();
        var asked = api.Send($"POST /api/agents/{agent}/message", Cancel, Requests.Message("reset under me <<silence>>"));
        await shared.Model.CallWith("reset under me", Cancel);

        await api.Do($"POST /api/agents/{agent}/session/reset", Cancel);

        Assert.Equal(HttpStatusCode.Conflict, (await asked).Status);
        await new ApiCase("empty", $"GET /api/agents/{agent}/session", 200, """{"message_count": 0, "*": "*"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task Deleting_the_history_deletes_all_sessions_of_the_agent_and_no_others()
    {
        var (agent, other) = (await shared.Spawn(), await shared.Spawn());
        await shared.Say(agent, "one");
        await api.Do($"POST /api/agents/{agent}/sessions", Cancel);
        await shared.Say(other, "mine stays");

        await new ApiCase("clear", $"DELETE /api/agents/{agent}/history", 200, $$"""{"status": "cleared", "agent_id": "{{agent}}", "session_id": "*"}""").Run(api, Cancel);

        await new ApiCase("one is left", $"GET /api/agents/{agent}/sessions", 200, """{"sessions": [{"message_count": 0, "active": true, "*": "*"}], "total": 1}""").Run(api, Cancel);
        Assert.Equal(2, (await api.Do($"GET /api/agents/{other}/session", Cancel)).Number("message_count"));
    }

    [Fact]
    public async Task A_deleted_session_is_gone_and_the_active_one_is_replaced()
    {
        var agent = await shared.Spawn();
        var active = (await shared.Say(agent, "x")).Text("session_id");

        await new ApiCase("delete", $"DELETE /api/sessions/{active}", 200, $$"""{"status": "deleted", "session_id": "{{active}}"}""").Run(api, Cancel);

        await new ApiCase("again", $"DELETE /api/sessions/{active}", 404).Run(api, Cancel);
        Assert.NotEqual(active, (await shared.Say(agent, "y")).Text("session_id"));
    }

    [Fact]
    public async Task A_compaction_puts_a_summary_before_the_newest_messages()
    {
        var agent = await shared.Spawn();
        for (var turn = 0; turn < 8; turn++)
            await shared.Say(agent, $"fact {turn}");
        shared.Model.Rule = call => call.Text.Contains("fact 0", StringComparison.Ordinal) && call.Text.Contains("Summarise", StringComparison.Ordinal) ? ModelReply.Say("Facts were told.") : null;

        await new ApiCase("compact", $"POST /api/agents/{agent}/session/compact", 200, """{"status": "compacted", "message": "Session compacted: * messages summarized, * kept"}""").Run(api, Cancel);
        shared.Model.Rule = null;

        var session = await api.Do($"GET /api/agents/{agent}/session", Cancel);
        Assert.Equal("Facts were told.", session.Text("summary"));
        Assert.Equal(("System", "Facts were told."), (session.GetProperty("messages")[0].Text("role"), session.GetProperty("messages")[0].Text("content")));
        Assert.Equal(session.GetProperty("messages").GetArrayLength(), session.Number("message_count"));
        await shared.Say(agent, "what do you know");
        var call = await shared.Model.CallWith("what do you know", Cancel);
        Assert.Contains(call.Transcript, line => line.Contains("Facts were told.", StringComparison.Ordinal));
        Assert.DoesNotContain(call.Transcript, line => line == "user: fact 0");
    }

    [Fact]
    public async Task There_is_nothing_to_compact_in_a_short_session()
    {
        await new ApiCase("compact", $"POST /api/agents/{await shared.Spawn()}/session/compact", 200, """{"status": "ok", "message": "Nothing to compact: *"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task A_session_with_a_run_in_it_is_not_compacted()
    {
        var agent = await shared.Spawn();
        var gate = shared.Model.Gate("busy session");
        var asked = shared.Say(agent, "<<gate busy session>>hold");
        await gate.Reached(1, Cancel);

        await new ApiCase("compact", $"POST /api/agents/{agent}/session/compact", 409, """{"error": "a run is active in this session; *"}""").Run(api, Cancel);

        gate.Open();
        await asked;
    }

    [Fact]
    public async Task All_sessions_are_listed_newest_first_and_in_pages()
    {
        var agent = await shared.Spawn();
        var older = (await api.Do($"POST /api/agents/{agent}/sessions", Cancel)).Text("session_id");
        var newer = (await api.Do($"POST /api/agents/{agent}/sessions", Cancel)).Text("session_id");

        var ids = (await api.Do("GET /api/sessions", Cancel)).GetProperty("sessions").EnumerateArray().Select(item => item.Text("id")).ToList();
        var page = await api.Do($"GET /api/sessions?limit=1&before={newer}", Cancel);

        Assert.True(ids.IndexOf(newer) < ids.IndexOf(older));
        Assert.Equal(older, Assert.Single(page.GetProperty("sessions").EnumerateArray()).Text("id"));
        await new ApiCase("before", "GET /api/sessions?before=x", 400, """{"error": "before: no session has the id 'x'"}""").Run(api, Cancel);
    }
}

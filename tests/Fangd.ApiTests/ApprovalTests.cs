using System.Net;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Calls that wait for a person, requests made over the API, and the second factor. One daemon whose <c>file_write</c> asks.</summary>
public sealed class ApprovalTests : IAsyncLifetime
{
    private const string Writing = "[capabilities]\ntools = [\"file_write\", \"file_read\"]";

    private readonly FakeModel model = FakeModel.Start();
    private IDaemonUnderTest daemon = null!;
    private ApiClient api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => Start("");

    public async ValueTask DisposeAsync()
    {
        api.Dispose();
        await daemon.DisposeAsync();
        await model.DisposeAsync();
    }

    [Fact]
    public async Task An_approved_call_runs_once_and_its_run_goes_on()
    {
        var agent = await Spawn("a");
        var answer = Say(agent, Write("x.txt", "yes"));
        var row = await Pending(agent);
        JsonPattern.Matches(
            $$$"""
            {"id": "*", "agent_id": "{{{agent}}}", "agent_name": "a", "tool_name": "file_write", "description": "file_write: x.txt", "action_summary": "file_write",
             "risk_level": "*", "requested_at": "*", "timeout_secs": 60, "status": "pending", "session_id": "*", "payload": {"path": "x.txt", "content": "yes"}}
            """, row);
        Assert.False(File.Exists(InWorkspace("a", "x.txt")));
        Assert.Single(model.Calls);

        await new ApiCase("approve", $"POST /api/approvals/{row.Text("id")}/approve", 200, $$"""{"id": "{{row.Text("id")}}", "status": "approved", "decided_at": "*"}""").Run(api, Cancel);

        Assert.StartsWith("result: ", (await answer).Text("response"), StringComparison.Ordinal);
        Assert.Equal("yes", await File.ReadAllTextAsync(InWorkspace("a", "x.txt"), Cancel));
        foreach (var again in new[] { "approve", "reject" })
            await new ApiCase("again", $"POST /api/approvals/{row.Text("id")}/{again}", 409, """{"error": "the request was approved already"}""").Run(api, Cancel);
        await new ApiCase("read back", $"GET /api/approvals/{row.Text("id")}", 200, """{"status": "approved", "decided_at": "*", "*": "*"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task A_rejected_call_does_not_run_and_the_model_reads_why()
    {
        var agent = await Spawn("a");
        var answer = Say(agent, Write("x.txt", "no"));
        var id = (await Pending(agent)).Text("id");

        await new ApiCase("reject", $"POST /api/approvals/{id}/reject", 200, $$"""{"id": "{{id}}", "status": "rejected", "decided_at": "*"}""", """{"feedback": "put it into notes/"}""").Run(api, Cancel);

        Assert.Contains("The tool \"file_write\" is denied: a person rejected it and said: put it into notes/", (await answer).Text("response"), StringComparison.Ordinal);
        Assert.False(File.Exists(InWorkspace("a", "x.txt")));
        await new ApiCase("after", $"POST /api/approvals/{id}/approve", 409, """{"error": "the request was rejected already"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task Tools_that_need_no_approval_do_not_wait()
    {
        var agent = await Spawn("a");

        Assert.StartsWith("result: ", (await Say(agent, "<<call file_read {\"path\": \"none\"}>>")).Text("response"), StringComparison.Ordinal);

        Assert.Empty((await api.Do("GET /api/approvals", Cancel)).GetProperty("approvals").EnumerateArray());
    }

    [Fact]
    public async Task Who_streams_sees_that_the_run_waits()
    {
        var agent = await Spawn("a");
        await using var stream = await api.Stream($"POST /api/agents/{agent}/message/stream", Cancel, Requests.Message(Write("x.txt", "yes")));
        var seen = new List<string>();
        while (await stream.Next(Cancel) is { } happened)
        {
            seen.Add(happened.Type!);
            if (happened.Type == "approval_requested")
                await api.Do($"POST /api/approvals/{happened.Json.Text("approval_id")}/approve", Cancel);
            if (happened.Type == "approval_decided")
                Assert.True(happened.Json.GetProperty("approved").GetBoolean());
        }

        Assert.Equal(["tool_use", "approval_requested", "approval_decided", "tool_result"], seen.Where(type => type is not ("chunk" or "done")));
        Assert.Equal("done", seen[^1]);
    }

    [Fact]
    public async Task A_chat_sees_it_lists_it_and_decides()
    {
        var agent = await Spawn("a");
        await using var socket = await api.Connect($"/api/agents/{agent}/ws", Cancel);
        await socket.Send(Requests.Message(Write("x.txt", "yes")).Replace("{\"message\"", "{\"type\": \"message\", \"content\"", StringComparison.Ordinal), Cancel);
        var asked = (await socket.Until("approval_requested", Cancel))[^1];
        Assert.Equal("file_write: x.txt", asked.Text("content"));

        await socket.Send("/approvals", Cancel);
        Assert.Equal($"{asked.Text("approval_id")}  a  file_write: x.txt", (await socket.Until("command_result", Cancel))[^1].Text("content"));
        await socket.Send($"/approve {asked.Text("approval_id")}", Cancel);

        var frames = await socket.Until("response", Cancel);
        Assert.Contains(frames, frame => frame.Text("type") == "approval_decided" && frame.GetProperty("approved").GetBoolean());
        await socket.Send("/approve", Cancel);
        Assert.Equal("Nothing waits for approval", (await socket.Until("command_result", Cancel))[^1].Text("content"));
    }

    [Fact]
    public async Task A_stopped_run_and_a_killed_agent_take_their_requests_back()
    {
        var agent = await Spawn("a");
        foreach (var end in new[] { $"POST /api/agents/{agent}/stop", $"DELETE /api/agents/{agent}" })
        {
            var answer = api.Send($"POST /api/agents/{agent}/message", Cancel, Requests.Message(Write("x.txt", "no")));
            var id = (await Pending(agent)).Text("id");

            await api.Do(end, Cancel);

            Assert.Equal(HttpStatusCode.Conflict, (await answer).Status);
            await new ApiCase("approve", $"POST /api/approvals/{id}/approve", 409, """{"error": "the request has expired: the run was stopped; the tool did not run"}""").Run(api, Cancel);
        }

        Assert.False(File.Exists(InWorkspace("a", "x.txt")));
    }

    [Fact]
    public async Task A_request_over_the_api_is_kept_returned_and_decided()
    {
        var agent = await Spawn("a");
        var first = (await new ApiCase("create", "POST /api/approvals", 201, """{"id": "*", "status": "pending"}""",
            $$"""{"agent_id": "{{agent}}", "tool_name": "deploy", "description": "Deploy", "action_summary": "Production"}""").Run(api, Cancel)).Json.Text("id");
        var second = (await new ApiCase("create", "POST /api/approvals", 201, """{"id": "*", "status": "pending"}""",
            $$$"""{"agent_id": "{{{agent}}}", "action": "delete_file", "payload": {"path": "/x", "n": [1, 2]}, "timeout_secs": 300}""").Run(api, Cancel)).Json.Text("id");

        await new ApiCase("get", $"GET /api/approvals/{second}", 200, $$$"""
            {"id": "{{{second}}}", "agent_id": "{{{agent}}}", "agent_name": "a", "tool_name": "delete_file", "description": "delete_file", "action_summary": "delete_file",
             "risk_level": "High", "requested_at": "*", "timeout_secs": 300, "status": "pending", "payload": {"path": "/x", "n": [1, 2]}}
            """).Run(api, Cancel);
        await api.Do($"POST /api/approvals/{first}/reject", Cancel);

        await new ApiCase("pending first", "GET /api/approvals", 200, $$"""
            {"approvals": [{"id": "{{second}}", "status": "pending", "*": "*"}, {"id": "{{first}}", "status": "rejected", "description": "Deploy", "action_summary": "Production", "*": "*"}], "total": 2}
            """).Run(api, Cancel);
        await new ApiCase("filter", "GET /api/approvals?status=rejected", 200, $$"""{"approvals": [{"id": "{{first}}", "*": "*"}], "total": 1}""").Run(api, Cancel);
        await new ApiCase("filter", "GET /api/approvals?status=denied", 400, """{"error": "status must be pending, approved, rejected or expired"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task What_is_wrong_with_a_request_is_told()
    {
        var agent = await Spawn("a");
        (string Body, int Status, string Error)[] cases =
        [
            ("""{"tool_name": "x"}""", 400, "agent_id is missing"),
            ("""{"agent_id": "x", "tool_name": "x"}""", 400, "agent_id is not a UUID"),
            ($$"""{"agent_id": "{{Requests.NoAgent}}", "tool_name": "x"}""", 404, $"Agent '{Requests.NoAgent}' not found"),
            ($$"""{"agent_id": "{{agent}}"}""", 400, "tool_name (or action) is missing"),
            ($$"""{"agent_id": "{{agent}}", "tool_name": "rm -rf"}""", 400, "tool_name must be at most 64 letters, digits, '_' and '-'"),
            ($$"""{"agent_id": "{{agent}}", "tool_name": 1}""", 400, "tool_name: the value has the wrong type"),
            ($$"""{"agent_id": "{{agent}}", "tool_name": "x", "description": "{{new string('x', 1025)}}"}""", 400, "description must be at most 1024 characters"),
            ($$"""{"agent_id": "{{agent}}", "tool_name": "x", "action_summary": "{{new string('x', 513)}}"}""", 400, "action_summary must be at most 512 characters"),
            ($$"""{"agent_id": "{{agent}}", "tool_name": "x", "timeout_secs": 301}""", 400, "timeout_secs must be a whole number from 10 to 300"),
            ($$"""{"agent_id": "{{agent}}", "tool_name": "x", "payload": "{{new string('x', 65536)}}"}""", 413, "payload is larger than 65536 characters"),
        ];
        foreach (var (body, status, error) in cases)
            await new ApiCase(error, "POST /api/approvals", status, $$"""{"error": "{{error}}"}""", body).Run(api, Cancel);
        var id = (await Create(agent)).Text("id");
        await new ApiCase("feedback", $"POST /api/approvals/{id}/reject", 400, """{"error": "feedback must be at most 4096 characters"}""", $$"""{"feedback": "{{new string('x', 4097)}}"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task The_sixth_request_of_an_agent_has_to_wait()
    {
        var agent = await Spawn("a");
        for (var n = 0; n < 5; n++)
            await Create(agent);

        var answer = await api.Send("POST /api/approvals", Cancel, $$"""{"agent_id": "{{agent}}", "tool_name": "deploy"}""");

        Assert.Equal((HttpStatusCode.TooManyRequests, "60"), (answer.Status, answer.Headers["Retry-After"]));
    }

    [Fact]
    public async Task Several_are_decided_at_once_and_each_has_its_own_outcome()
    {
        var agent = await Spawn("a");
        var (first, second) = ((await Create(agent)).Text("id"), (await Create(agent)).Text("id"));
        await new ApiCase("count", "GET /api/approvals/count", 200, """{"pending": 2}""").Run(api, Cancel);
        await new ApiCase("both", "POST /api/approvals/batch", 200, $$"""
            {"results": [{"id": "{{first}}", "status": "ok", "decision": "rejected", "decided_at": "*"}, {"id": "{{second}}", "status": "ok", "decision": "rejected", "decided_at": "*"}]}
            """, $$"""{"ids": ["{{first}}", "{{second}}"], "decision": "reject", "feedback": "not today"}""").Run(api, Cancel);
        var third = (await Create(agent)).Text("id");
        await new ApiCase("some", "POST /api/approvals/batch", 207, $$"""
            {"results": [{"id": "{{first}}", "status": "error", "message": "the request was rejected already"}, {"id": "{{third}}", "status": "ok", "decision": "approved", "decided_at": "*"},
                         {"id": "{{Requests.NoAgent}}", "status": "error", "message": "Approval '{{Requests.NoAgent}}' not found"}]}
            """, $$"""{"ids": ["{{first}}", "{{third}}", "{{Requests.NoAgent}}"], "decision": "approve"}""").Run(api, Cancel);
        await new ApiCase("count", "GET /api/approvals/count", 200, """{"pending": 0}""").Run(api, Cancel);
    }

    [Theory]
    [InlineData("{}", "ids must be a list of 1 to 100 ids")]
    [InlineData("""{"ids": [], "decision": "approve"}""", "ids must be a list of 1 to 100 ids")]
    [InlineData("""{"ids": ["x"], "decision": "approve"}""", "ids must be UUIDs, all of them")]
    [InlineData("""{"ids": ["x"], "decision": "maybe"}""", "decision must be approve or reject")]
    public Task What_is_wrong_with_a_batch_is_told(string body, string error) =>
        new ApiCase(error, "POST /api/approvals/batch", 400, $$"""{"error": "{{error}}"}""", body).Run(api, Cancel);

    [Fact]
    public async Task All_that_waits_in_a_session_is_decided_unless_it_has_changed()
    {
        var agent = await Spawn("a");
        var answer = Say(agent, Write("x.txt", "yes"));
        var row = await Pending(agent);
        var session = row.Text("session_id");
        await new ApiCase("list", $"GET /api/approvals/session/{session}", 200, $$"""
            {"session_id": "{{session}}", "pending": [{"id": "{{row.Text("id")}}", "*": "*"}], "count": 1, "has_pending": true}
            """).Run(api, Cancel);
        await new ApiCase("count", $"POST /api/approvals/session/{session}/approve_all", 409, """{"error": "1 requests wait in this session, not 2: look again"}""", """{"expected_count": 2}""").Run(api, Cancel);
        await new ApiCase("ids", $"POST /api/approvals/session/{session}/approve_all", 409, """{"error": "other requests wait in this session*"}""", """{"expected_ids": []}""").Run(api, Cancel);
        await new ApiCase("approve", $"POST /api/approvals/session/{session}/approve_all", 200, $$"""{"session_id": "{{session}}", "resolved": 1, "decision": "approved"}""",
            $$"""{"expected_count": 1, "expected_ids": ["{{row.Text("id")}}"]}""").Run(api, Cancel);
        Assert.StartsWith("result: ", (await answer).Text("response"), StringComparison.Ordinal);
        await new ApiCase("nothing left", $"POST /api/approvals/session/{session}/reject_all", 200, $$"""{"session_id": "{{session}}", "resolved": 0, "decision": "rejected"}""").Run(api, Cancel);
        await new ApiCase("unknown", $"GET /api/approvals/session/{Requests.NoAgent}", 404, $$"""{"error": "Session '{{Requests.NoAgent}}' not found"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task A_call_is_sent_back_and_the_model_reads_what_to_change()
    {
        var agent = await Spawn("a");
        var answer = Say(agent, Write("x.txt", "no"));
        var id = (await Pending(agent)).Text("id");
        await new ApiCase("no feedback", $"POST /api/approvals/{id}/modify", 400, """{"error": "feedback is missing: it says what to change"}""", "{}").Run(api, Cancel);

        await new ApiCase("modify", $"POST /api/approvals/{id}/modify", 200, $$"""{"id": "{{id}}", "status": "modified", "decided_at": "*"}""", """{"feedback": "put it into notes/"}""").Run(api, Cancel);

        Assert.Contains("denied: a person wants it changed and tried again: put it into notes/", (await answer).Text("response"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decisions_are_listed_newest_first_page_by_page()
    {
        var agent = await Spawn("a");
        for (var n = 0; n < 3; n++)
            await api.Do($"POST /api/approvals/{(await Create(agent)).Text("id")}/{(n == 1 ? "approve" : "reject")}", Cancel);

        var page = (await new ApiCase("first", $"GET /api/approvals/audit?limit=2&agent_id={agent}&tool_name=deploy", 200, $$"""
            {"items": [{"decision": "rejected", "decided_by": "api", "agent_id": "{{agent}}", "tool_name": "deploy", "second_factor_used": false, "*": "*"}, {"decision": "approved", "*": "*"}], "total": 3, "limit": 2}
            """).Run(api, Cancel)).Json;
        await new ApiCase("next", $"GET /api/approvals/audit?before={page.GetProperty("items")[1].GetProperty("id")}", 200, """{"items": [{"decision": "rejected", "*": "*"}], "total": 3, "limit": 50}""").Run(api, Cancel);
        await new ApiCase("none", "GET /api/approvals/audit?tool_name=other", 200, """{"items": [], "total": 0, "limit": 50}""").Run(api, Cancel);
        await new ApiCase("limit", "GET /api/approvals/audit?limit=0", 400, """{"error": "limit must be a whole number from 1 to 500"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task Who_sent_a_message_and_over_which_channel_decides_what_asks_and_what_may_run()
    {
        await Restart("min_risk = \"low\"\ntrusted_senders = [\"ada\"]\n[[approval.channel_rules]]\nchannel = \"telegram\"\ndenied_tools = [\"file_*\"]");
        var agent = await Spawn("a");
        const string reading = "<<call file_read {\\\"path\\\": \\\"none\\\"}>>";
        string Body(string sender, string channel) => $$"""{"message": "{{reading}}", "sender_id": "{{sender}}", "channel_type": "{{channel}}"}""";

        var trusted = await api.Do($"POST /api/agents/{agent}/message", Cancel, Body("ada", "slack"));
        Assert.DoesNotContain("is denied", trusted.Text("response"), StringComparison.Ordinal);
        var forbidden = await api.Do($"POST /api/agents/{agent}/message", Cancel, Body("ada", "telegram"));
        Assert.Contains("messages of the channel \"telegram\" may not use it", forbidden.Text("response"), StringComparison.Ordinal);
        var stranger = api.Do($"POST /api/agents/{agent}/message", Cancel, Body("eve", "slack"));
        await api.Do($"POST /api/approvals/{(await Pending(agent)).Text("id")}/reject", Cancel);
        Assert.Contains("a person rejected it", (await stranger).Text("response"), StringComparison.Ordinal);
        await new ApiCase("too long", $"POST /api/agents/{agent}/message", 400, """{"error": "sender_id must be at most 256 characters"}""", Body(new string('x', 257), "slack")).Run(api, Cancel);
    }

    [Fact]
    public async Task The_second_factor_is_enrolled_asked_for_and_revoked()
    {
        await Restart("second_factor = \"totp\"\ntotp_grace_period_secs = 0");
        var agent = await Spawn("a");
        await new ApiCase("status", "GET /api/approvals/totp/status", 200, """{"enrolled": false, "confirmed": false, "enforced": true, "remaining_recovery_codes": 0}""").Run(api, Cancel);
        await new ApiCase("confirm", "POST /api/approvals/totp/confirm", 400, """{"error": "no second factor is set up*"}""", """{"code": "123456"}""").Run(api, Cancel);
        await new ApiCase("revoke", "DELETE /api/approvals/totp", 400, """{"error": "no second factor is enrolled"}""", """{"code": "123456"}""").Run(api, Cancel);

        var setup = (await new ApiCase("setup", "POST /api/approvals/totp/setup", 200, """{"secret": "*", "otpauth_uri": "otpauth://totp/fangd:admin*", "recovery_codes": "*"}""").Run(api, Cancel)).Json;
        var codes = setup.GetProperty("recovery_codes").EnumerateArray().Select(code => code.GetString()!).ToList();
        Assert.Equal(8, codes.Distinct().Count());
        await new ApiCase("no code", "POST /api/approvals/totp/confirm", 400, """{"error": "code is missing"}""", "{}").Run(api, Cancel);
        var confirming = Now(setup);
        await new ApiCase("confirm", "POST /api/approvals/totp/confirm", 200, """{"status": "confirmed"}""", Code(confirming)).Run(api, Cancel);
        await new ApiCase("again", "POST /api/approvals/totp/setup", 409, """{"error": "a second factor is enrolled already*"}""").Run(api, Cancel);

        var answer = Say(agent, Write("x.txt", "yes"));
        var id = (await Pending(agent)).Text("id");
        await new ApiCase("no code", $"POST /api/approvals/{id}/approve", 400, """{"error": "totp_code is missing*"}""").Run(api, Cancel);
        await new ApiCase("wrong", $"POST /api/approvals/{id}/approve", 400, """{"error": "the TOTP code is wrong, or was used before"}""", """{"totp_code": "0"}""").Run(api, Cancel);
        await new ApiCase("used", $"POST /api/approvals/{id}/approve", 400, """{"error": "the TOTP code is wrong, or was used before"}""", $$"""{"totp_code": "{{confirming}}"}""").Run(api, Cancel);
        await new ApiCase("recovery code", $"POST /api/approvals/{id}/approve", 200, """{"status": "approved", "*": "*"}""", $$"""{"totp_code": "{{codes[0]}}"}""").Run(api, Cancel);
        Assert.StartsWith("result: ", (await answer).Text("response"), StringComparison.Ordinal);

        var (several, more) = ((await Create(agent)).Text("id"), (await Create(agent)).Text("id"));
        var list = $"\"ids\": [\"{several}\", \"{more}\"], \"decision\": \"approve\"";
        await new ApiCase("no code", "POST /api/approvals/batch", 400, """{"error": "totp_code is missing*"}""", $"{{{list}}}").Run(api, Cancel);
        await new ApiCase("one code for all", "POST /api/approvals/batch", 200, """{"results": [{"status": "ok", "*": "*"}, {"status": "ok", "*": "*"}]}""",
            $"{{{list}, \"totp_code\": \"{codes[2]}\"}}").Run(api, Cancel);
        await new ApiCase("the code is noted", "GET /api/approvals/audit?limit=1", 200, """{"items": [{"second_factor_used": true, "*": "*"}], "*": "*"}""").Run(api, Cancel);

        var refused = (await Create(agent)).Text("id");
        await new ApiCase("a no needs no code", $"POST /api/approvals/{refused}/reject", 200).Run(api, Cancel);
        await new ApiCase("status", "GET /api/approvals/totp/status", 200, """{"enrolled": true, "confirmed": true, "enforced": true, "remaining_recovery_codes": 6}""").Run(api, Cancel);
        await new ApiCase("used recovery code", "POST /api/approvals/totp/revoke", 400, null, Code(codes[0])).Run(api, Cancel);
        await new ApiCase("revoke", "POST /api/approvals/totp/revoke", 200, """{"status": "revoked"}""", Code(codes[1])).Run(api, Cancel);
        await new ApiCase("status", "GET /api/approvals/totp/status", 200, """{"enrolled": false, "confirmed": false, "enforced": true, "remaining_recovery_codes": 0}""").Run(api, Cancel);
    }

    [Fact]
    public async Task The_secret_survives_a_restart_and_no_endpoint_shows_it()
    {
        var setup = await api.Do("POST /api/approvals/totp/setup", Cancel);

        await daemon.Stop(Cancel);
        await daemon.Restart(Cancel);
        api.Dispose();
        api = new ApiClient(daemon);

        await new ApiCase("names", "GET /api/vault", 200, """{"names": [], "total": 0, "status": {"state": "open", "key_source": "key file"}}""").Run(api, Cancel);
        await new ApiCase("confirm", "POST /api/approvals/totp/confirm", 200, null, Code(Now(setup))).Run(api, Cancel);
    }

    private static string Now(JsonElement setup) => AuthenticatorApp.Code(setup.Text("secret"));

    private static string Code(string code) => $$"""{"code": "{{code}}"}""";

    private static string Write(string path, string content) => $$"""<<call file_write {"path": "{{path}}", "content": "{{content}}"}>>""";

    private string InWorkspace(string agent, string file) => Path.Combine(daemon.Home, "workspaces", agent, file);

    private async Task<string> Spawn(string name) => (await api.Do("POST /api/agents", Cancel, Requests.Manifest($"name = \"{name}\"\n{Writing}"))).Text("agent_id");

    private Task<JsonElement> Say(string agent, string message) => api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message(message));

    private Task<JsonElement> Create(string agent) => api.Do("POST /api/approvals", Cancel, $$"""{"agent_id": "{{agent}}", "tool_name": "deploy"}""");

    /// <summary>The request of the agent that waits; only asking again tells from outside that it is there.</summary>
    private async Task<JsonElement> Pending(string agent)
    {
        while (true)
        {
            foreach (var row in (await api.Do("GET /api/approvals?status=pending", Cancel)).GetProperty("approvals").EnumerateArray())
            {
                if (row.Text("agent_id") == agent)
                    return row;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), Cancel);
        }
    }

    private async Task Restart(string approval)
    {
        api.Dispose();
        await daemon.DisposeAsync();
        await Start(approval);
    }

    private async ValueTask Start(string approval)
    {
        daemon = await Daemons.Start(Daemons.With(model, sections: $"[approval]\nrequire_approval = [\"file_write\"]\n{approval}"), Cancel);
        api = new ApiClient(daemon);
    }
}

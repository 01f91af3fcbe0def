using System.Net;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Our agents for others: the card, both bindings and both versions, and the documents' own routes.</summary>
public sealed class A2aServerTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private readonly ApiClient api = shared.Api;

    private static readonly Dictionary<string, string> _current = new() { ["A2A-Version"] = "1.0" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_card_is_public_the_same_at_both_places_and_leads_to_where_the_client_asked()
    {
        var name = shared.NewName();
        await shared.Spawn("description = \"Does it\"", name);

        var card = await shared.Stranger.Send("GET /.well-known/agent-card.json", Cancel, null, new Dictionary<string, string> { ["Host"] = "agents.example.com:8443" });
        var old = await shared.Stranger.Send("GET /.well-known/agent.json", Cancel, null, new Dictionary<string, string> { ["Host"] = "agents.example.com:8443" });
        var forged = await shared.Stranger.Send("GET /.well-known/agent.json", Cancel, null, new Dictionary<string, string> { ["Host"] = "a\"b" });

        Assert.Equal(card.Text, old.Text);
        JsonPattern.Matches(
            """
            {"name": "fangd", "description": "*", "url": "http://agents.example.com:8443/a2a", "version": "*", "protocolVersion": "0.3.0", "preferredTransport": "JSONRPC",
             "supportedInterfaces": [
                {"url": "http://agents.example.com:8443/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"},
                {"url": "http://agents.example.com:8443/a2a/rest", "protocolBinding": "HTTP+JSON", "protocolVersion": "1.0"},
                {"url": "http://agents.example.com:8443/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "0.3"}],
             "additionalInterfaces": [{"url": "http://agents.example.com:8443/a2a", "transport": "JSONRPC"}],
             "capabilities": {"streaming": true, "pushNotifications": true, "stateTransitionHistory": false, "extendedAgentCard": true},
             "supportsAuthenticatedExtendedCard": true,
             "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer", "httpAuthSecurityScheme": {"scheme": "Bearer"}}},
             "security": [{"apiKey": []}], "securityRequirements": [{"schemes": {"apiKey": {"list": []}}}],
             "defaultInputModes": ["text/plain", "*"], "defaultOutputModes": ["text/plain"], "skills": "*"}
            """,
            card.Json);
        var skill = card.Json.GetProperty("skills").EnumerateArray().Single(one => one.Text("id") == name);
        JsonPattern.Matches($$$"""{"id": "{{{name}}}", "name": "{{{name}}}", "description": "Does it", "tags": ["agent"]}""", skill);
        Assert.DoesNotContain("a\\\"b", forged.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_card_that_is_known_already_is_not_sent_again()
    {
        var first = await shared.Stranger.Send("GET /.well-known/agent-card.json", Cancel);
        var again = await shared.Stranger.Send("GET /.well-known/agent-card.json", Cancel, null, new Dictionary<string, string> { ["If-None-Match"] = first.Headers["ETag"] });

        Assert.Equal((HttpStatusCode.NotModified, ""), (again.Status, again.Text));
        Assert.Equal("public, max-age=60", first.Headers["Cache-Control"]);
        Assert.Contains("A2A-Version", first.Headers["Vary"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_of_1_0_becomes_a_task_with_its_answer_as_an_artifact()
    {
        var agent = await shared.Spawn();

        var answer = await Rpc("SendMessage", Current("<<say hello>>", agent));

        JsonPattern.Matches(
            """
            {"jsonrpc": "2.0", "id": 7, "result": {"task": {"id": "*", "contextId": "*", "status": {"state": "TASK_STATE_COMPLETED", "timestamp": "*Z"},
             "artifacts": [{"artifactId": "answer", "name": "answer", "parts": [{"text": "hello"}]}],
             "history": [{"messageId": "m1", "contextId": "*", "taskId": "*", "role": "ROLE_USER", "parts": [{"text": "<<say hello>>"}], "metadata": "*"}]}}}
            """,
            answer);
    }

    [Fact]
    public async Task A_message_of_0_3_is_answered_in_its_words()
    {
        var answer = await Rpc("message/send", Old("<<say hello>>", await shared.Spawn()));

        JsonPattern.Matches(
            """
            {"jsonrpc": "2.0", "id": 7, "result": {"kind": "task", "id": "*", "contextId": "*", "status": {"state": "completed", "timestamp": "*"},
             "artifacts": [{"artifactId": "answer", "name": "answer", "parts": [{"kind": "text", "text": "hello"}]}], "history": "*"}}
            """,
            answer);
    }

    [Fact]
    public async Task Parts_as_the_documents_print_them_reach_the_model()
    {
        var agent = await shared.Spawn();

        var answer = await api.Do("POST /a2a/tasks/send", Cancel, $$$"""{"agent_id": "{{{agent}}}", "message": {"role": "user", "parts": [{"text": "one "}, {"type": "text", "text": "two"}]}}""");

        JsonPattern.Matches("""{"task_id": "*", "status": "completed", "result": {"role": "agent", "parts": [{"text": "echo: one two"}]}}""", answer);
    }

    [Fact]
    public async Task Data_and_pictures_reach_the_model_and_the_history_keeps_no_bytes()
    {
        var agent = await shared.Spawn();
        const string picture = "iVBORw0KGgo=";
        var parts = $$$"""[{"text": "look at this"}, {"data": {"n": 1}}, {"raw": "{{{picture}}}", "mediaType": "image/png", "filename": "a.png"}, {"raw": "aGk=", "mediaType": "text/plain", "filename": "b.txt"}]""";

        var task = Task(await Rpc("SendMessage", $$$"""{"message": {"messageId": "m", "role": "ROLE_USER", "parts": {{{parts}}}, "metadata": {"agent_id": "{{{agent}}}"} } }"""));

        var call = await shared.Model.FirstCall(asked => asked.Text.Contains(picture, StringComparison.Ordinal), Cancel);
        Assert.Contains("n", call.Text, StringComparison.Ordinal);
        Assert.Contains("[file b.txt]", call.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(picture, task.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("[a.png (image/png) was here]", task.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_no_model_reads_is_refused()
    {
        await shared.Spawn();
        var answer = await Rpc("SendMessage", """{"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"raw": "AAAA", "mediaType": "application/zip"}]}}""");

        Assert.Equal(-32005, Code(answer));
    }

    [Fact]
    public async Task A_context_remembers_and_keeps_its_agent()
    {
        var agent = await shared.Spawn();
        var first = Task(await Rpc("SendMessage", Current("my name is Ann", agent)));
        var context = first.Text("contextId");

        var second = Task(await Rpc("SendMessage", $$$"""{"message": {"messageId": "m", "role": "ROLE_USER", "contextId": "{{{context}}}", "parts": [{"text": "who am I in {{{context}}}"}]}}"""));

        Assert.Equal(context, second.Text("contextId"));
        var call = await shared.Model.CallWith($"who am I in {context}", Cancel);
        Assert.Contains("my name is Ann", call.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_agent_is_named_by_metadata_or_tenant_and_else_it_is_the_first()
    {
        var first = (await api.Do("GET /api/agents", Cancel))[0];
        var name = shared.NewName();
        var agent = await shared.Spawn(name: name);

        await AnsweredBy(agent, "SendMessage", """{"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "x"}]}, "tenant": "NAME"}""".Replace("NAME", name));
        await AnsweredBy(agent, "SendMessage", """{"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "x"}], "metadata": {"agent": "NAME"}}}""".Replace("NAME", name));
        await AnsweredBy(agent, "message/send", """{"message": {"messageId": "m", "role": "user", "parts": [{"text": "x"}]}, "metadata": {"agentId": "NAME"}}""".Replace("NAME", name));
        await AnsweredBy(first.Text("id"), "SendMessage", """{"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "x"}]}}""");
        Assert.Equal(-32602, Code(await Rpc("SendMessage", """{"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "x"}]}, "tenant": "nobody"}""")));
    }

    [Theory]
    [InlineData("SendStreamingMessage")]
    [InlineData("message/stream")]
    public async Task A_stream_begins_with_the_task_tells_the_pieces_in_order_and_ends_with_its_state(string method)
    {
        var agent = await shared.Spawn();
        var isOld = method.Contains('/');

        await using var stream = await api.Stream("POST /a2a", Cancel, Body(method, isOld ? Old("<<say one |two |three>>", agent) : Current("<<say one |two |three>>", agent)));
        var updates = (await stream.Rest(Cancel)).Select(sse => sse.Json.GetProperty("result")).ToList();

        Assert.All(updates, update => Assert.Equal(isOld, update.TryGetProperty("kind", out _)));
        var kinds = updates.Select(update => isOld ? update.Text("kind") : update.EnumerateObject().Single().Name).ToList();
        Assert.Equal(isOld ? ("task", "status-update") : ("task", "statusUpdate"), (kinds[0], kinds[1]));
        var pieces = updates.Where((_, i) => kinds[i] is "artifact-update" or "artifactUpdate").Select(update => isOld ? update : update.GetProperty("artifactUpdate")).ToList();
        Assert.Equal("one two three", string.Concat(pieces.Select(piece => piece.GetProperty("artifact").GetProperty("parts")[0].Text("text"))));
        Assert.Equal([false, .. Enumerable.Repeat(true, pieces.Count - 1)], pieces.Select(piece => piece.GetProperty("append").GetBoolean()));
        Assert.Equal([.. Enumerable.Repeat(false, pieces.Count - 1), true], pieces.Select(piece => piece.GetProperty("lastChunk").GetBoolean()));
        var last = isOld ? updates[^1] : updates[^1].GetProperty("statusUpdate");
        Assert.Equal(isOld ? "completed" : "TASK_STATE_COMPLETED", last.GetProperty("status").Text("state"));
        if (isOld)
            Assert.True(last.GetProperty("final").GetBoolean());
    }

    [Fact]
    public async Task A_run_that_fails_is_a_failed_task_that_says_why()
    {
        var agent = await shared.Spawn();

        var task = Task(await Rpc("SendMessage", Current("<<fail 400>>", agent)));
        await using var stream = await api.Stream("POST /a2a/rest/message:stream", Cancel, Current("<<fail 400>>", agent));
        var last = (await stream.Rest(Cancel))[^1].Json.GetProperty("statusUpdate").GetProperty("status");
        var plain = await api.Do("POST /a2a/tasks/send", Cancel, $$$"""{"agent_id": "{{{agent}}}", "message": {"parts": [{"text": "<<fail 400>>"}]}}""");

        foreach (var status in new[] { task.GetProperty("status"), last })
            JsonPattern.Matches("""{"state": "TASK_STATE_FAILED", "timestamp": "*", "message": {"messageId": "*", "contextId": "*", "taskId": "*", "role": "ROLE_AGENT", "parts": [{"text": "*400*"}]}}""", status);
        Assert.False(task.TryGetProperty("artifacts", out _));
        JsonPattern.Matches("""{"task_id": "*", "status": "failed", "result": {"role": "agent", "parts": [{"text": "*400*"}]}}""", plain);
    }

    [Theory]
    [InlineData("SubscribeToTask", "CancelTask")]
    [InlineData("tasks/resubscribe", "tasks/cancel")]
    public async Task A_task_under_way_is_told_to_who_comes_late_and_can_be_cancelled_once(string subscribe, string cancel)
    {
        var gate = shared.NewName();
        var id = Task(await Rpc("SendMessage", Current($"<<gate {gate}>><<say never>>", await shared.Spawn(), """, "configuration": {"returnImmediately": true}"""))).Text("id");
        await shared.Model.Gate(gate).Reached(1, Cancel);
        // That it has begun is stored a moment after it has.
        Assert.Contains((await Rpc("GetTask", $$$"""{"id": "{{{id}}}"}""")).GetProperty("result").GetProperty("status").Text("state"), (string[])["TASK_STATE_WORKING", "TASK_STATE_SUBMITTED"]);

        await using var stream = await api.Stream("POST /a2a", Cancel, Body(subscribe, $$$"""{"id": "{{{id}}}"}"""));
        var first = (await stream.Next(Cancel))!.Json.GetProperty("result");
        var cancelled = (await Rpc(cancel, $$$"""{"id": "{{{id}}}"}""")).GetProperty("result");
        var rest = await stream.Rest(Cancel);

        var isOld = cancel.Contains('/');
        Assert.Equal(id, (isOld ? first : first.GetProperty("task")).Text("id"));
        Assert.Equal(isOld ? "canceled" : "TASK_STATE_CANCELED", cancelled.GetProperty("status").Text("state"));
        Assert.Contains(isOld ? "\"canceled\"" : "TASK_STATE_CANCELED", rest[^1].Data, StringComparison.Ordinal);
        Assert.Equal(-32002, Code(await Rpc(cancel, $$$"""{"id": "{{{id}}}"}""")));
        Assert.Equal(-32004, Code(await Rpc(subscribe, $$$"""{"id": "{{{id}}}"}""")));
    }

    [Fact]
    public async Task Who_comes_in_the_middle_gets_the_whole_answer_at_the_end()
    {
        var gate = shared.NewName();
        var id = Task(await Rpc("SendMessage", Current($"<<gate {gate}>><<say one |two>>", await shared.Spawn(), """, "configuration": {"returnImmediately": true}"""))).Text("id");
        shared.Model.Gate(gate).Release();
        await shared.Model.Gate(gate).Reached(2, Cancel);

        await using var stream = await api.Stream($"POST /a2a/rest/tasks/{id}:subscribe", Cancel);
        await stream.Next(Cancel);
        shared.Model.Gate(gate).Open();
        var rest = await stream.Rest(Cancel);

        var piece = rest[^2].Json.GetProperty("artifactUpdate");
        JsonPattern.Matches("""{"artifactId": "answer", "name": "answer", "parts": [{"text": "one two"}]}""", piece.GetProperty("artifact"));
        Assert.Equal((false, true), (piece.GetProperty("append").GetBoolean(), piece.GetProperty("lastChunk").GetBoolean()));
    }

    [Fact]
    public async Task A_task_takes_no_second_message()
    {
        var task = Task(await Rpc("SendMessage", Current("x", await shared.Spawn())));

        var (id, context) = (task.Text("id"), task.Text("contextId"));
        foreach (var (more, code) in new[] { ("", -32004), ($$$""", "contextId": "{{{context}}}" """, -32004), (""", "contextId": "other" """, -32602) })
            Assert.Equal(code, Code(await Rpc("SendMessage", $$$"""{"message": {"messageId": "m", "role": "ROLE_USER", "taskId": "{{{id}}}"{{{more}}}, "parts": [{"text": "y"}]}}""")));
        Assert.Equal(-32001, Code(await Rpc("SendMessage", """{"message": {"messageId": "m", "role": "ROLE_USER", "taskId": "none", "parts": [{"text": "y"}]}}""")));
    }

    [Fact]
    public async Task Tasks_are_listed_by_page_newest_first_without_artifacts_unless_asked()
    {
        var context = $"ctx-{shared.NewName()}";
        var agent = await shared.Spawn();
        for (var n = 0; n < 3; n++)
            await Rpc("SendMessage", $$$"""{"message": {"messageId": "m{{{n}}}", "role": "ROLE_USER", "contextId": "{{{context}}}", "parts": [{"text": "x"}], "metadata": {"agent": "{{{agent}}}"} } }""");

        var first = (await Rpc("ListTasks", $$$"""{"contextId": "{{{context}}}", "pageSize": 2}""")).GetProperty("result");
        var second = await api.Do($"GET /a2a/rest/tasks?contextId={context}&pageSize=2&pageToken={first.Text("nextPageToken")}&includeArtifacts=true&historyLength=0", Cancel);

        Assert.Equal((2, 3, 2), (first.GetProperty("tasks").GetArrayLength(), first.Number("totalSize"), first.Number("pageSize")));
        Assert.Equal("m2", first.GetProperty("tasks")[0].GetProperty("history")[0].Text("messageId"));
        Assert.False(first.GetProperty("tasks")[0].TryGetProperty("artifacts", out _));
        Assert.Equal(("", 1), (second.Text("nextPageToken"), second.GetProperty("tasks").GetArrayLength()));
        Assert.True(second.GetProperty("tasks")[0].TryGetProperty("artifacts", out _));
        Assert.False(second.GetProperty("tasks")[0].TryGetProperty("history", out _));
        foreach (var wrong in new[] { """{"pageSize": 0}""", """{"pageSize": 101}""", """{"pageToken": "x"}""", """{"status": "DONE"}""", """{"statusTimestampAfter": "soon"}""" })
            Assert.Equal(-32602, Code(await Rpc("ListTasks", wrong)));
        Assert.Equal(0, (await Rpc("ListTasks", $$$"""{"contextId": "{{{context}}}", "status": "TASK_STATE_FAILED"}""")).GetProperty("result").Number("totalSize"));
        Assert.Equal(3, (await Rpc("ListTasks", $$$"""{"tenant": "{{{agent}}}"}""")).GetProperty("result").Number("totalSize"));
    }

    [Theory]
    [InlineData("""{"method": "GetTask", "id": 1}""", -32600)]
    [InlineData("""{"jsonrpc": "1.0", "method": "GetTask", "id": 1}""", -32600)]
    [InlineData("""{"jsonrpc": "2.0", "id": 1}""", -32600)]
    [InlineData("""{"jsonrpc": "2.0", "method": 5, "id": 1}""", -32600)]
    [InlineData("""{"jsonrpc": "2.0", "method": "GetTask", "id": {}}""", -32600)]
    [InlineData("""[{"jsonrpc": "2.0", "method": "GetTask", "id": 1}]""", -32600)]
    [InlineData("""{"jsonrpc": "2.0", "method": "NoSuch", "id": 1}""", -32601)]
    [InlineData("""{"jsonrpc": "2.0", "method": "tasks/send", "id": 1}""", -32601)]
    [InlineData("""{"jsonrpc": "2.0", "method": "GetTask", "id": 1}""", -32602)]
    [InlineData("""{"jsonrpc": "2.0", "method": "GetTask", "params": [], "id": 1}""", -32602)]
    [InlineData("""{"jsonrpc": "2.0", "method": "GetTask", "params": {"id": "x", "historyLength": -1}, "id": 1}""", -32602)]
    [InlineData("""{"jsonrpc": "2.0", "method": "SendMessage", "params": {}, "id": 1}""", -32602)]
    [InlineData("""{"jsonrpc": "2.0", "method": "SendMessage", "params": {"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": " "}]}}, "id": 1}""", -32602)]
    [InlineData("""{"jsonrpc": "2.0", "method": "GetTask", "params": {"id": "x"}, "id": "y"}""", -32001)]
    [InlineData("""{"jsonrpc": "2.0", "method": "tasks/get", "params": {"id": "x"}, "id": null}""", -32001)]
    [InlineData("""{"jsonrpc": "2.0", "method": "SubscribeToTask", "params": {"id": "x"}, "id": 1}""", -32001)]
    [InlineData("""{"jsonrpc": "2.0", "method": "CancelTask", "params": {"id": "x"}, "id": 1}""", -32001)]
    public async Task A_wrong_request_has_its_code_and_details(string body, int code)
    {
        var answer = await api.Send("POST /a2a", Cancel, body);

        Assert.Equal((HttpStatusCode.OK, code), (answer.Status, Code(answer.Json)));
        JsonPattern.Matches("""{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "*", "domain": "a2a-protocol.org", "metadata": {}}""", answer.Json.GetProperty("error").GetProperty("data")[0]);
    }

    [Fact]
    public async Task What_is_not_json_and_a_version_that_is_not_spoken_have_their_codes()
    {
        var broken = await api.Send("POST /a2a", Cancel, "{bad");
        var version = await api.Send("POST /a2a", Cancel, Body("GetTask", """{"id": "x"}"""), new Dictionary<string, string> { ["A2A-Version"] = "9.9" });
        var rest = await api.Send("GET /a2a/rest/tasks/x", Cancel, null, new Dictionary<string, string> { ["A2A-Version"] = "2.0" });
        var old = await api.Send("GET /a2a/rest/tasks/x?A2A-Version=0.3", Cancel);

        Assert.Equal((HttpStatusCode.BadRequest, -32700), (broken.Status, Code(broken.Json)));
        Assert.Equal((HttpStatusCode.OK, -32009), (version.Status, Code(version.Json)));
        foreach (var answer in new[] { rest, old })
            JsonPattern.Matches("""{"error": {"code": 400, "status": "UNIMPLEMENTED", "message": "*", "details": [{"reason": "VERSION_NOT_SUPPORTED", "*": "*"}]}}""", answer.Json);
    }

    [Fact]
    public async Task Http_and_json_do_the_same_with_and_without_a_tenant()
    {
        var name = shared.NewName();
        await shared.Spawn(name: name);

        var sent = await api.Send($"POST /a2a/rest/{name}/message:send", Cancel, """{"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "<<say hi>>"}]}}""", _current);
        var id = sent.Json.GetProperty("task").Text("id");
        var got = await api.Do($"GET /a2a/rest/tasks/{id}?historyLength=0", Cancel);
        var listed = await api.Do($"GET /a2a/rest/{name}/tasks", Cancel);

        Assert.Equal("application/a2a+json", sent.Headers["Content-Type"]);
        Assert.Equal(("hi", false), (got.GetProperty("artifacts")[0].GetProperty("parts")[0].Text("text"), got.TryGetProperty("history", out _)));
        Assert.Equal(id, listed.GetProperty("tasks").EnumerateArray().Single().Text("id"));
        await new ApiCase("ended", $"POST /a2a/rest/{name}/tasks/{id}:cancel", 400, """{"error": {"code": 400, "status": "FAILED_PRECONDITION", "message": "*", "details": [{"reason": "TASK_NOT_CANCELABLE", "*": "*"}]}}""").Run(api, Cancel);
        await new ApiCase("ended", $"GET /a2a/rest/tasks/{id}:subscribe", 400, """{"error": {"code": 400, "status": "UNIMPLEMENTED", "message": "*", "details": "*"}}""").Run(api, Cancel);
        await new ApiCase("unknown", "POST /a2a/rest/tasks/none:cancel", 404, """{"error": {"code": 404, "status": "NOT_FOUND", "message": "*", "details": [{"reason": "TASK_NOT_FOUND", "*": "*"}]}}""").Run(api, Cancel);
        await new ApiCase("unknown", "GET /a2a/rest/tasks/none", 404).Run(api, Cancel);
        await new ApiCase("no message", "POST /a2a/rest/message:send", 400, """{"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "message is missing", "details": "*"}}""", "{}").Run(api, Cancel);
        await new ApiCase("no object", "POST /a2a/rest/message:send", 400, """{"error": {"code": 400, "*": "*"}}""", "[]").Run(api, Cancel);
        await new ApiCase("no number", "GET /a2a/rest/tasks?pageSize=x", 400, """{"error": {"code": 400, "message": "pageSize must be a whole number", "*": "*"}}""").Run(api, Cancel);
        await new ApiCase("no key", $"GET /a2a/rest/tasks/{id}", 401, """{"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "*", "details": []}}""").Run(shared.Stranger, Cancel);
    }

    [Fact]
    public async Task The_extended_card_of_a_tenant_is_that_agents_own()
    {
        var name = shared.NewName();
        await shared.Spawn("description = \"Only me\"", name);

        var own = await api.Do($"GET /a2a/rest/{name}/extendedAgentCard", Cancel);
        var all = (await Rpc("agent/getAuthenticatedExtendedCard", "{}")).GetProperty("result");

        Assert.Equal((name, "Only me", name), (own.Text("name"), own.Text("description"), own.GetProperty("supportedInterfaces")[0].Text("tenant")));
        Assert.Equal(name, own.GetProperty("skills").EnumerateArray().Single().Text("id"));
        Assert.Equal("fangd", all.Text("name"));
        await new ApiCase("nobody", "GET /a2a/rest/nobody/extendedAgentCard", 400).Run(api, Cancel);
    }

    [Fact]
    public async Task The_documents_task_has_its_states_and_refusals()
    {
        var agent = await shared.Spawn();
        var gate = shared.NewName();
        var id = Guid.NewGuid().ToString("D");
        var sending = api.Do("POST /a2a/tasks/send", Cancel, $$$"""{"task_id": "{{{id}}}", "agent_id": "{{{agent}}}", "message": {"role": "user", "parts": [{"text": "<<gate {{{gate}}}>><<say never>>"}]}}""");
        await shared.Model.Gate(gate).Reached(1, Cancel);

        await new ApiCase("under way", $"GET /a2a/tasks/{id}", 200, $$$"""{"task_id": "{{{id}}}", "status": "*", "created_at": "*", "completed_at": null, "result": null}""").Run(api, Cancel);
        await new ApiCase("taken", "POST /a2a/tasks/send", 409, null, $$$"""{"task_id": "{{{id}}}", "agent_id": "{{{agent}}}", "message": {"parts": [{"text": "x"}]}}""").Run(api, Cancel);
        await new ApiCase("cancel", $"POST /a2a/tasks/{id}/cancel", 200, $$$"""{"task_id": "{{{id}}}", "status": "cancelled"}""").Run(api, Cancel);
        Assert.Equal("cancelled", (await sending).Text("status"));
        await new ApiCase("ended", $"POST /a2a/tasks/{id}/cancel", 409, """{"error": "*has ended (cancelled)*"}""").Run(api, Cancel);
        await new ApiCase("unknown", "GET /a2a/tasks/none", 404, """{"error": "Task 'none' not found"}""").Run(api, Cancel);
        await new ApiCase("unknown", "POST /a2a/tasks/none/cancel", 404).Run(api, Cancel);
        foreach (var (body, status, error) in new[]
        {
            ("""{}""", 400, "message is missing, or not an object"),
            ("""{"message": "x"}""", 400, "message is missing, or not an object"),
            ("""{"message": {"parts": []}}""", 400, "message.parts must be a non-empty array"),
            ("""{"message": {"parts": [{"text": " "}]}}""", 400, "message.parts has no text"),
            ("""{"task_id": "x", "message": {"parts": [{"text": "x"}]}}""", 400, "task_id is not a UUID"),
            ("""{"session_id": "", "message": {"parts": [{"text": "x"}]}}""", 400, "session_id must be 1 to 256 characters"),
            ("""{"agent_id": "nobody", "message": {"parts": [{"text": "x"}]}}""", 404, "Agent 'nobody' not found"),
        })
            await new ApiCase(body, "POST /a2a/tasks/send", status, $$$"""{"error": "{{{error}}}"}""", body).Run(api, Cancel);
    }

    [Fact]
    public async Task A_text_that_is_too_long_is_refused()
    {
        var text = new string('x', 70_000);

        Assert.Equal(-32602, Code(await Rpc("SendMessage", Current(text, await shared.Spawn()))));
        await new ApiCase("rest", "POST /a2a/rest/message:send", 413, """{"error": {"code": 413, "*": "*"}}""", Current(text, await shared.Spawn())).Run(api, Cancel);
    }

    [Fact]
    public async Task When_it_is_off_there_is_nothing()
    {
        await using var model = FakeModel.Start();
        await using var daemon = await Daemons.Start(Daemons.With(model, sections: "[a2a]\nenabled = false"), Cancel);
        using var off = new ApiClient(daemon);

        foreach (var request in new[] { "GET /.well-known/agent.json", "GET /a2a/agents", "POST /a2a", "POST /a2a/rest/message:send", "GET /a2a/tasks/x" })
        {
            var answer = await off.Send(request, Cancel, request.StartsWith("POST", StringComparison.Ordinal) ? "{}" : null);
            Assert.Equal(HttpStatusCode.NotFound, answer.Status);
            Assert.Contains("enabled = true under [a2a]", answer.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_configuration_names_the_address_the_agent_and_the_card()
    {
        await using var model = FakeModel.Start();
        await using var daemon = await Daemons.Start(
            Daemons.With(model, sections: "[a2a]\nname = \"Mine\"\ndescription = \"Of mine\"\nagent = \"second\"\npublic_url = \"https://agents.example.com/\""), Cancel);
        using var own = new ApiClient(daemon);
        var none = await own.Send("POST /a2a", Cancel, Body("SendMessage", """{"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "x"}]}}"""));
        await new ApiCase("nobody", "POST /a2a/tasks/send", 404, null, """{"message": {"parts": [{"text": "x"}]}}""").Run(own, Cancel);
        await own.Do("POST /api/agents", Cancel, Requests.Manifest("name = \"first\""));
        var second = (await own.Do("POST /api/agents", Cancel, Requests.Manifest("name = \"second\""))).Text("agent_id");

        var card = await own.Do("GET /.well-known/agent-card.json", Cancel);
        await own.Do("POST /a2a/tasks/send", Cancel, """{"message": {"parts": [{"text": "x"}]}}""");

        Assert.Equal(-32004, Code(none.Json));
        Assert.Equal(("Mine", "Of mine", "https://agents.example.com/a2a"), (card.Text("name"), card.Text("description"), card.Text("url")));
        Assert.Equal(1, (await own.Do($"GET /a2a/rest/{second}/tasks", Cancel)).Number("totalSize"));
    }

    private async Task AnsweredBy(string agent, string method, string parameters)
    {
        var answer = (await Rpc(method, parameters)).GetProperty("result");
        var id = (method.Contains('/') ? answer : answer.GetProperty("task")).Text("id");
        Assert.Contains(id, (await api.Do($"GET /a2a/rest/{agent}/tasks", Cancel)).GetRawText(), StringComparison.Ordinal);
    }

    private async Task<JsonElement> Rpc(string method, string parameters)
    {
        var answer = await api.Send("POST /a2a", Cancel, Body(method, parameters));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return answer.Json;
    }

    private static JsonElement Task(JsonElement answer) => answer.GetProperty("result").GetProperty("task");

    private static int Code(JsonElement answer) => answer.GetProperty("error").Number("code");

    private static string Body(string method, string parameters) => $$$"""{"jsonrpc": "2.0", "id": 7, "method": "{{{method}}}", "params": {{{parameters}}}}""";

    private static string Current(string text, string agent, string more = "") =>
        $$$"""{"message": {"messageId": "m1", "role": "ROLE_USER", "parts": [{"text": {{{FakeJson.Quote(text)}}}}], "metadata": {"agent_id": "{{{agent}}}"}}{{{more}}}}""";

    private static string Old(string text, string agent) =>
        $$$"""{"message": {"kind": "message", "messageId": "m1", "role": "user", "parts": [{"kind": "text", "text": {{{FakeJson.Quote(text)}}}}], "metadata": {"agent_id": "{{{agent}}}"} } }""";
}

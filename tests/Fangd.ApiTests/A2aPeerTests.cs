using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Agents of others for us: found, approved, sent to, in whichever way they speak.</summary>
public sealed class A2aPeerTests : IAsyncLifetime
{
    private const string Loopback = "[security]\nallow_loopback_targets = true\n";

    private FakeModel model = null!;
    private IDaemonUnderTest daemon = null!;
    private ApiClient api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        model = FakeModel.Start();
        daemon = await Daemons.Start(Daemons.With(model, sections: Loopback), Cancel);
        api = new ApiClient(daemon);
    }

    public async ValueTask DisposeAsync()
    {
        api.Dispose();
        await daemon.DisposeAsync();
        await model.DisposeAsync();
    }

    [Fact]
    public async Task An_agent_is_found_by_its_card_kept_listed_and_deleted()
    {
        await using var peer = Peer(_ => NotFound);

        var found = await api.Do("POST /api/a2a/discover", Cancel, $$"""{"url": "{{peer.Url}}/.well-known/agent-card.json", "auth_token": "the-secret"}""");

        var id = found.Text("id");
        var expected = $$"""{"id": "{{id}}", "name": "Peer", "url": "{{peer.Url}}", "description": "Says it", "skills": ["echo"], "status": "approved"}""";
        JsonPattern.Matches(expected, found);
        JsonPattern.Matches(expected, await api.Do($"GET /api/a2a/agents/{id}", Cancel));
        JsonPattern.Matches(expected, await api.Do("GET /api/a2a/agents/Peer", Cancel));
        JsonPattern.Matches($$"""{"agents": [{{expected}}]}""", await api.Do("GET /api/a2a/agents", Cancel));
        Assert.Equal("Bearer the-secret", peer.Requests.First().Headers["Authorization"]);
        Assert.Equal(id, (await api.Do("POST /api/a2a/discover", Cancel, $$"""{"url": "{{peer.Url}}/"}""")).Text("id"));
        await new ApiCase("delete", $"DELETE /api/a2a/agents/{id}", 200, $$"""{"status": "deleted", "id": "{{id}}"}""").Run(api, Cancel);
        foreach (var request in new[] { $"GET /api/a2a/agents/{id}", $"DELETE /api/a2a/agents/{id}", $"POST /api/a2a/agents/{id}/approve" })
            await new ApiCase("gone", request, 404, """{"error": "External agent '*' not found"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task The_daemon_finds_and_asks_another_one_and_itself()
    {
        await api.Do("POST /api/agents", Cancel, Requests.Manifest("name = \"one\""));

        var answer = await api.Do("POST /api/a2a/send", Cancel, $$"""{"url": "{{daemon.Address}}", "message": "<<say from |me to me>>", "auth_token": "{{Daemons.Key}}"}""");
        var again = await api.Do("POST /api/a2a/send", Cancel, $$"""{"agent_id": "fangd", "message": "and then", "session_id": "{{answer.Text("session_id")}}"}""");

        JsonPattern.Matches("""{"task_id": "*", "status": "completed", "response": "from me to me", "session_id": "*"}""", answer);
        Assert.Equal(answer.Text("session_id"), again.Text("session_id"));
        Assert.Contains("from me to me", (await model.CallWith("and then", Cancel)).Text, StringComparison.Ordinal);
        JsonPattern.Matches($$"""{"task_id": "{{answer.Text("task_id")}}", "status": "completed", "result": "from me to me"}""", await api.Do($"GET /api/a2a/tasks/{answer.Text("task_id")}/status", Cancel));
        await new ApiCase("by url", $"GET /api/a2a/tasks/none/status?url={daemon.Address}", 404, """{"error": "fangd has no task 'none'"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task A_peer_that_speaks_http_and_json_is_asked_so_with_its_tenant()
    {
        await using var peer = Peer(
            request => request.Line == "POST /rest/me/message:send" ? Ok("""{"task": {"id": "t1", "contextId": "c", "status": {"state": "TASK_STATE_COMPLETED"}, "artifacts": [{"artifactId": "a", "parts": [{"text": "by rest"}]}]}}""") : NotFound,
            url => $$""" "supportedInterfaces": [{"url": "{{url}}/rest", "protocolBinding": "HTTP+JSON", "protocolVersion": "1.0", "tenant": "me"}] """);

        await Answers(peer, "t1", "by rest");

        var sent = peer.Requests.Last();
        Assert.Equal("1.0", sent.Headers["A2A-Version"]);
        JsonPattern.Matches("""{"message": {"messageId": "*", "role": "ROLE_USER", "parts": [{"text": "hello"}]}}""", sent.Json);
    }

    [Fact]
    public async Task A_peer_of_0_3_is_asked_in_its_words_and_polled_until_it_has_ended()
    {
        var polled = 0;
        await using var peer = Peer(
            request => request.Json.Text("method") switch
            {
                "message/send" => Ok("""{"jsonrpc": "2.0", "id": 1, "result": {"kind": "task", "id": "t2", "contextId": "c", "status": {"state": "working"}}}"""),
                "tasks/get" when ++polled < 3 => Ok("""{"jsonrpc": "2.0", "id": 1, "result": {"kind": "task", "id": "t2", "contextId": "c", "status": {"state": "working"}}}"""),
                "tasks/get" => Ok("""{"jsonrpc": "2.0", "id": 1, "result": {"kind": "task", "id": "t2", "contextId": "c", "status": {"state": "completed"}, "artifacts": [{"artifactId": "a", "parts": [{"kind": "text", "text": "at last"}]}]}}"""),
                _ => NotFound,
            },
            url => $$""" "url": "{{url}}/rpc", "protocolVersion": "0.3.0", "preferredTransport": "JSONRPC" """);

        await Answers(peer, "t2", "at last");

        Assert.Equal(3, polled);
        Assert.Equal("0.3", peer.Requests.Last().Headers["A2A-Version"]);
    }

    [Fact]
    public async Task A_message_in_place_of_a_task_is_the_answer()
    {
        await using var peer = Peer(_ => Ok("""{"jsonrpc": "2.0", "id": 1, "result": {"message": {"messageId": "m9", "role": "ROLE_AGENT", "parts": [{"text": "at once"}]}}}"""));

        await Answers(peer, "m9", "at once");
    }

    [Fact]
    public async Task A_stream_is_put_together()
    {
        const string events =
            """
            data: {"jsonrpc":"2.0","id":1,"result":{"task":{"id":"t3","contextId":"c","status":{"state":"TASK_STATE_WORKING"}}}}

            : keep-alive

            data: {"jsonrpc":"2.0","id":1,"result":{"artifactUpdate":{"taskId":"t3","contextId":"c","artifact":{"artifactId":"a","parts":[{"text":"one "}]}}}}

            data: {"jsonrpc":"2.0","id":1,"result":{"artifactUpdate":{"taskId":"t3","contextId":"c","append":true,"artifact":{"artifactId":"a","parts":[{"text":"two"}]}}}}

            data: {"jsonrpc":"2.0","id":1,"result":{"statusUpdate":{"taskId":"t3","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"}}}}


            """;
        await using var peer = Peer(
            request => request.Json.Text("method") == "SendStreamingMessage" ? new PeerReply(200, events, "text/event-stream") : NotFound,
            url => $$""" "capabilities": {"streaming": true}, "supportedInterfaces": [{"url": "{{url}}/rpc", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}] """);

        await Answers(peer, "t3", "one two");
    }

    [Theory]
    [InlineData("""{"task_id": "t4", "status": "completed", "result": {"role": "agent", "parts": [{"text": "plainly"}]}}""")]
    [InlineData("""{"id": "t4", "sessionId": "s", "status": "completed", "messages": [{"role": "user", "parts": [{"type": "text", "text": "hello"}]}, {"role": "agent", "parts": [{"type": "text", "text": "plainly"}]}], "artifacts": []}""")]
    [InlineData("""{"jsonrpc": "2.0", "result": {"id": "t4", "status": {"state": "completed"}, "artifacts": [{"parts": [{"type": "text", "text": "plainly"}]}]}}""")]
    public async Task A_peer_from_before_the_versions_is_asked_as_the_documents_say(string task)
    {
        await using var peer = Peer(
            request => request.Line is "POST /a2a/tasks/send" or "GET /a2a/tasks/t4" ? Ok(task) : NotFound,
            url => $$""" "url": "{{url}}/a2a" """,
            onlyOldPath: true);

        await Answers(peer, "t4", "plainly");

        JsonPattern.Matches("""{"task_id": "t4", "status": "completed", "result": "plainly"}""", await api.Do("GET /api/a2a/tasks/t4/status", Cancel));
    }

    [Fact]
    public async Task A_token_goes_to_no_other_address_that_the_card_names()
    {
        await using var elsewhere = new StandInPeer(_ => Ok("""{"jsonrpc": "2.0", "id": 1, "result": {"message": {"messageId": "m", "role": "ROLE_AGENT", "parts": [{"text": "mine now"}]}}}"""));
        await using var peer = Peer(_ => NotFound, _ => $$""" "supportedInterfaces": [{"url": "{{elsewhere.Url}}/rpc", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}] """);

        await api.Do("POST /api/a2a/send", Cancel, $$"""{"url": "{{peer.Url}}", "message": "hello", "auth_token": "the-secret"}""");

        Assert.False(elsewhere.Requests.Single().Headers.ContainsKey("Authorization"));
    }

    [Theory]
    [InlineData(404, "", "no agent card there: HTTP 404")]
    [InlineData(302, "", "it cannot be reached: The target 169.254.169.254 is blocked*")]
    [InlineData(200, "<html>", "the answer is not JSON")]
    [InlineData(200, "[]", "its card is not one: the card must be an object")]
    [InlineData(200, """{"description": "no name"}""", "its card is not one: name is missing")]
    public async Task What_is_no_agent_is_502_and_says_why(int status, string body, string why)
    {
        await using var peer = new StandInPeer(_ => new PeerReply(status, body, Location: "http://169.254.169.254/"));

        await new ApiCase("discover", "POST /api/a2a/discover", 502, $$"""{"error": "the agent at {{peer.Url}}: {{why}}"}""", $$"""{"url": "{{peer.Url}}"}""").Run(api, Cancel);

        JsonPattern.Matches("""{"agents": []}""", await api.Do("GET /api/a2a/agents", Cancel));
    }

    [Theory]
    [InlineData(500, """{"error": "broken inside"}""", "HTTP 500: broken inside")]
    [InlineData(401, """{"error": {"message": "who are you"}}""", "it does not let us in: HTTP 401: who are you")]
    [InlineData(200, """{"jsonrpc": "2.0", "id": 1, "error": {"code": -32603, "message": "no"}}""", "it refused (-32603): no")]
    [InlineData(200, """{"jsonrpc": "2.0", "id": 1, "result": {}}""", "the answer is not what the protocol says: result is neither a task nor a message nor an update")]
    public async Task A_peer_that_fails_is_502_and_says_why(int status, string body, string why)
    {
        await using var peer = Peer(_ => new PeerReply(status, body));
        await api.Do("POST /api/a2a/discover", Cancel, $$"""{"url": "{{peer.Url}}"}""");

        await new ApiCase("send", "POST /api/a2a/send", 502, $$"""{"error": "the agent at {{peer.Url}}: {{why}}"}""", """{"agent_id": "Peer", "message": "hello"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task Wrong_requests_name_the_field()
    {
        foreach (var (request, body, status, error) in new[]
        {
            ("discover", """{}""", 400, "url is missing"),
            ("discover", """{"url": "ftp://x"}""", 400, "url: *only http:// and https:// are fetched"),
            ("discover", """{"url": "x"}""", 400, "url: it must be an http:// or https:// URL"),
            ("discover", """{"url": "http://169.254.169.254/"}""", 400, "url: The target 169.254.169.254 is blocked*"),
            ("discover", """{"url": "http://127.0.0.1:8", "auth_token": "a b"}""", 400, "auth_token must be 1 to 4096 visible ASCII characters"),
            ("discover", """{"url": "http://127.0.0.1:8"}""", 502, "the agent at http://127.0.0.1:8: it cannot be reached: Nothing answers*"),
            ("send", """{"message": "x"}""", 400, "url or agent_id is missing"),
            ("send", """{"url": "http://127.0.0.1:8"}""", 400, "message is missing or empty"),
            ("send", """{"agent_id": "nobody", "message": "x"}""", 404, "External agent 'nobody' not found"),
            ("send", """{"agent_id": "nobody", "message": "x", "session_id": ""}""", 400, "session_id must be 1 to 256 characters"),
        })
            await new ApiCase(body, $"POST /api/a2a/{request}", status, $$"""{"error": "{{error}}"}""", body).Run(api, Cancel);
        await new ApiCase("unknown", "GET /api/a2a/tasks/x/status", 404, """{"error": "Task 'x' was not sent from here*"}""").Run(api, Cancel);
        await new ApiCase("unknown", "GET /api/a2a/tasks/x/status?url=http://127.0.0.1:8", 404, """{"error": "No external agent at *"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task Without_leave_this_machine_is_not_called_by_name_either()
    {
        await using var strict = await Daemons.Start(Daemons.With(model), Cancel);
        using var own = new ApiClient(strict);

        foreach (var url in new[] { "http://127.0.0.1:8", "http://localhost:8", "http://[::1]:8" })
            await new ApiCase(url, "POST /api/a2a/discover", 400, """{"error": "url: *allow_loopback_targets*"}""", $$"""{"url": "{{url}}"}""").Run(own, Cancel);
    }

    [Fact]
    public async Task An_agent_sends_only_where_a_person_allowed_it()
    {
        await using var peer = Peer(_ => Ok("""{"jsonrpc": "2.0", "id": 1, "result": {"task": {"id": "t5", "contextId": "ctx", "status": {"state": "TASK_STATE_COMPLETED"}, "artifacts": [{"artifactId": "a", "parts": [{"text": "hi there"}]}]}}}"""));
        var agent = (await api.Do("POST /api/agents", Cancel, Requests.Manifest("name = \"caller\"\n[capabilities]\ntools = [\"a2a_discover\", \"a2a_send\"]\nnetwork = [\"*\"]"))).Text("agent_id");
        await api.Do("POST /api/a2a/discover", Cancel, $$"""{"url": "{{peer.Url}}", "approve": false}""");

        Assert.Contains("is not approved yet", await Say(agent, """<<call a2a_send {"message": "hello", "agent_name": "Peer"}>>"""), StringComparison.Ordinal);
        await new ApiCase("nor a person", "POST /api/a2a/send", 403, """{"error": "*not approved*"}""", """{"agent_id": "Peer", "message": "x"}""").Run(api, Cancel);
        Assert.DoesNotContain(peer.Requests, request => request.Method == "POST");
        // Addresses that an agent chooses are never on this machine.
        Assert.Contains("it is on this machine", await Say(agent, $$"""<<call a2a_discover {"url": "{{peer.Url}}"}>>"""), StringComparison.Ordinal);

        var id = (await api.Do("GET /api/a2a/agents/Peer", Cancel)).Text("id");
        await new ApiCase("approve", $"POST /api/a2a/agents/{id}/approve", 200, $$"""{"status": "approved", "id": "{{id}}"}""").Run(api, Cancel);
        var answer = await Say(agent, $$"""<<call a2a_send {"message": "hello", "agent_url": "{{peer.Url}}"}>>""");

        Assert.Contains("hi there\n[session_id: ctx]", answer, StringComparison.Ordinal);
        Assert.Contains("no external agent 'Nobody' is known; approved are: Peer", await Say(agent, """<<call a2a_send {"message": "hello", "agent_name": "Nobody"}>>"""), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("agent_url or agent_name", await Say(agent, """<<call a2a_send {"message": "hello"}>>"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Agents_of_the_configuration_are_there_and_their_cards_are_read_when_they_are_needed()
    {
        await using var peer = Peer(_ => Ok("""{"jsonrpc": "2.0", "id": 1, "result": {"message": {"messageId": "m", "role": "ROLE_AGENT", "parts": [{"text": "here"}]}}}"""));
        await using var configured = await Daemons.Start(Daemons.With(model, sections: $"{Loopback}[[a2a.external_agents]]\nname = \"helper\"\nurl = \"{peer.Url}/\""), Cancel);
        using var own = new ApiClient(configured);

        JsonPattern.Matches($$"""{"agents": [{"id": "*", "name": "helper", "url": "{{peer.Url}}", "description": "", "skills": [], "status": "approved"}]}""", await own.Do("GET /api/a2a/agents", Cancel));
        Assert.Empty(peer.Requests);
        Assert.Equal("here", (await own.Do("POST /api/a2a/send", Cancel, """{"agent_id": "helper", "message": "hello"}""")).Text("response"));
    }

    private static PeerReply NotFound => new(404, """{"error": "no such path"}""");

    private static PeerReply Ok(string body) => new(200, body);

    /// <summary>An agent with a card; without <paramref name="offer"/> it speaks JSON-RPC of 1.0.</summary>
    private static StandInPeer Peer(Func<PeerRequest, PeerReply> answer, Func<string, string>? offer = null, bool onlyOldPath = false)
    {
        StandInPeer? peer = null;
        offer ??= url => $$""" "supportedInterfaces": [{"url": "{{url}}/rpc", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}] """;
        peer = new StandInPeer(request => request.Line switch
        {
            "GET /.well-known/agent-card.json" when onlyOldPath => NotFound,
            "GET /.well-known/agent-card.json" or "GET /.well-known/agent.json" => Ok($$"""{"name": "Peer", "description": "Says it", "skills": [{"id": "echo", "name": "Echo"}], {{offer(peer!.Url)}}}"""),
            _ => answer(request),
        });
        return peer;
    }

    private async Task Answers(StandInPeer peer, string task, string response)
    {
        var answer = await api.Do("POST /api/a2a/send", Cancel, $$"""{"url": "{{peer.Url}}", "message": "hello"}""");
        Assert.Equal((task, "completed", response), (answer.Text("task_id"), answer.Text("status"), answer.Text("response")));
    }

    private async Task<string> Say(string agent, string message) => (await api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message(message))).Text("response");
}

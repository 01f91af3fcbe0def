using System.Net;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>What holds on every route, whatever it does.</summary>
public sealed class RouteTests(RouteTests.Subject subject) : IClassFixture<RouteTests.Subject>
{
    /// <summary>All routes; behind each what its path and body are about.</summary>
    private static readonly string[] Pinned =
    [
        "GET / public",
        "GET /api.js public",
        "GET /app.js public",
        "GET /composer.js public",
        "GET /connection.js public",
        "GET /conversation.js public",
        "GET /dialogs.js public",
        "GET /dom.js public",
        "GET /favicon.ico public",
        "GET /logo.png public",
        "GET /markdown.js public",
        "GET /style.css public",
        "GET /transcript.js public",
        "GET /api/health public",
        "GET /api/health/detail",
        "GET /api/status",
        "GET /api/version",
        "GET /api/config",
        "POST /api/shutdown",
        "GET /api/profiles",
        "GET /api/tools",
        "GET /api/metrics",
        "GET /api/logs/stream",
        "GET /api/commands",
        "GET /api/templates",
        "GET /api/templates/{name} named",
        "GET /api/agents",
        "POST /api/agents body",
        "GET /api/agents/{id} agent",
        "PATCH /api/agents/{id} agent body",
        "DELETE /api/agents/{id} agent",
        "POST /api/agents/{id}/clone agent optional-body",
        "GET /api/agents/{id}/tools agent",
        "PUT /api/agents/{id}/tools agent body",
        "GET /api/skills",
        "GET /api/agents/{id}/skills agent",
        "PUT /api/agents/{id}/skills agent body",
        "GET /api/agents/{id}/files agent",
        "GET /api/agents/{id}/files/{name}",
        "PUT /api/agents/{id}/files/{name}",
        "POST /api/agents/{id}/upload",
        "GET /api/uploads/{file_id}",
        "GET /api/agents/{id}/deliveries agent",
        "PUT /api/agents/{id}/update agent body",
        "PATCH /api/agents/{id}/config agent body",
        "PATCH /api/agents/{id}/identity agent body",
        "PUT /api/agents/{id}/mode agent body",
        "PUT /api/agents/{id}/model agent body",
        "POST /api/agents/{id}/message agent body",
        "POST /api/agents/{id}/message/stream agent body",
        "POST /api/agents/{id}/stop agent",
        "GET /api/agents/{id}/ws agent",
        "GET /api/agents/{id}/session agent",
        "POST /api/agents/{id}/session/reset agent",
        "POST /api/agents/{id}/session/compact agent",
        "DELETE /api/agents/{id}/history agent",
        "GET /api/agents/{id}/sessions agent",
        "POST /api/agents/{id}/sessions agent optional-body",
        "POST /api/agents/{id}/sessions/{sid}/switch agent",
        "GET /api/agents/{id}/sessions/by-label/{label} agent",
        "GET /api/sessions",
        "DELETE /api/sessions/{id} session",
        "PUT /api/sessions/{id}/label session body",
        "GET /api/memory/agents/{id}/kv agent",
        "GET /api/memory/agents/{id}/kv/{key} agent",
        "PUT /api/memory/agents/{id}/kv/{key} agent body",
        "DELETE /api/memory/agents/{id}/kv/{key} agent",
        "GET /api/approvals",
        "POST /api/approvals body",
        "GET /api/approvals/{id} agent",
        "POST /api/approvals/{id}/approve agent optional-body",
        "POST /api/approvals/{id}/reject agent optional-body",
        "POST /api/approvals/{id}/modify agent body",
        "GET /api/approvals/count",
        "POST /api/approvals/batch body",
        "GET /api/approvals/session/{id} agent",
        "POST /api/approvals/session/{id}/approve_all agent optional-body",
        "POST /api/approvals/session/{id}/reject_all agent optional-body",
        "GET /api/approvals/audit",
        "POST /api/approvals/totp/setup",
        "POST /api/approvals/totp/confirm body",
        "GET /api/approvals/totp/status",
        "DELETE /api/approvals/totp body",
        "POST /api/approvals/totp/revoke body",
        "GET /api/audit/recent",
        "GET /api/audit/verify",
        "GET /api/security",
        "GET /api/vault",
        "PUT /api/vault/{name} body",
        "DELETE /api/vault/{name} named",
        "GET /api/memory",
        "POST /api/memory body",
        "GET /api/memory/search",
        "GET /api/memory/stats",
        "GET /api/memory/items/{id} agent",
        "PUT /api/memory/items/{id} agent body",
        "DELETE /api/memory/items/{id} agent",
        "GET /api/memory/agents/{id} agent",
        "GET /api/memory/agents/{id}/search agent",
        "GET /api/memory/agents/{id}/stats agent",
        "GET /api/memory/agents/{id}/export agent",
        "POST /api/memory/agents/{id}/import agent large-body",
        "GET /api/memory/entities",
        "POST /api/memory/entities body",
        "GET /api/memory/entities/{id} agent",
        "DELETE /api/memory/entities/{id} agent",
        "GET /api/memory/relations",
        "POST /api/memory/relations body",
        "DELETE /api/memory/relations/{id} agent",
        "GET /api/memory/query",
        "POST /api/memory/query body",
        "POST /api/providers/{name}/key named body",
        "DELETE /api/providers/{name}/key named",
        "PUT /api/providers/{name}/url named body",
        "GET /api/providers",
        "POST /api/providers/{name}/test named",
        "POST /api/providers/github-copilot/oauth/start",
        "GET /api/providers/github-copilot/oauth/poll/{poll_id} named",
        "GET /api/models",
        "GET /api/models/aliases",
        "GET /api/models/{id+} named",
        "POST /api/models/custom body",
        "DELETE /api/models/custom/{id+} named",
        "GET /api/catalog/status",
        "POST /api/catalog/update",
        "GET /api/usage",
        "GET /api/usage/summary",
        "GET /api/usage/by-model",
        "GET /api/usage/daily",
        "GET /api/budget",
        "PUT /api/budget body",
        "GET /api/budget/agents",
        "GET /api/budget/agents/{id} agent",
        "PUT /api/budget/agents/{id} agent body",
        "POST /v1/chat/completions body",
        "POST /v1/responses body",
        "GET /v1/responses/{id}",
        "DELETE /v1/responses/{id}",
        "POST /v1/messages body",
        "POST /v1/messages/count_tokens body",
        "GET /api/config/schema",
        "POST /api/config/set body",
        "POST /api/config/reload",
        "GET /api/mcp/servers",
        "POST /api/mcp/servers body",
        "GET /api/mcp/servers/{name} named",
        "PUT /api/mcp/servers/{name} named body",
        "DELETE /api/mcp/servers/{name} named",
        "POST /api/mcp/servers/{name}/reconnect named",
        "POST /api/mcp/servers/{name}/auth/start named",
        "GET /api/mcp/servers/{name}/auth/status named",
        "POST /api/mcp/servers/{name}/auth/complete named body",
        "POST /api/mcp/servers/{name}/auth/revoke named",
        "DELETE /api/mcp/servers/{name}/auth/revoke named",
        "GET /api/mcp/servers/{name}/auth/callback public",
        "GET /api/mcp/health",
        "POST /api/mcp/reload",
        "GET /api/mcp/catalog",
        "GET /api/mcp/catalog/{name} named",
        "GET /api/integrations",
        "GET /api/integrations/available",
        "POST /api/integrations/add body",
        "DELETE /api/integrations/{name} named",
        "POST /api/integrations/{name}/reconnect named",
        "GET /api/integrations/health",
        "POST /api/integrations/reload",
        "GET /api/agents/{id}/mcp_servers agent",
        "PUT /api/agents/{id}/mcp_servers agent body",
        "POST /mcp",
        "GET /mcp",
        "DELETE /mcp",
        "GET /.well-known/agent-card.json public",
        "GET /.well-known/agent.json public",
        "POST /a2a body",
        "POST /a2a/rest/message:send body",
        "POST /a2a/rest/message:stream body",
        "GET /a2a/rest/tasks",
        "GET /a2a/rest/tasks/{id}",
        "POST /a2a/rest/tasks/{id}:cancel",
        "GET /a2a/rest/tasks/{id}:subscribe",
        "POST /a2a/rest/tasks/{id}:subscribe",
        "POST /a2a/rest/tasks/{taskId}/pushNotificationConfigs body",
        "GET /a2a/rest/tasks/{taskId}/pushNotificationConfigs",
        "GET /a2a/rest/tasks/{taskId}/pushNotificationConfigs/{id}",
        "DELETE /a2a/rest/tasks/{taskId}/pushNotificationConfigs/{id}",
        "GET /a2a/rest/extendedAgentCard",
        "POST /a2a/rest/{tenant}/message:send body",
        "POST /a2a/rest/{tenant}/message:stream body",
        "GET /a2a/rest/{tenant}/tasks",
        "GET /a2a/rest/{tenant}/tasks/{id}",
        "POST /a2a/rest/{tenant}/tasks/{id}:cancel",
        "GET /a2a/rest/{tenant}/tasks/{id}:subscribe",
        "POST /a2a/rest/{tenant}/tasks/{id}:subscribe",
        "POST /a2a/rest/{tenant}/tasks/{taskId}/pushNotificationConfigs body",
        "GET /a2a/rest/{tenant}/tasks/{taskId}/pushNotificationConfigs",
        "GET /a2a/rest/{tenant}/tasks/{taskId}/pushNotificationConfigs/{id}",
        "DELETE /a2a/rest/{tenant}/tasks/{taskId}/pushNotificationConfigs/{id}",
        "GET /a2a/rest/{tenant}/extendedAgentCard",
        "GET /a2a/agents",
        "POST /a2a/tasks/send body",
        "GET /a2a/tasks/{id}",
        "POST /a2a/tasks/{id}/cancel",
        "GET /api/a2a/agents",
        "GET /api/a2a/agents/{id}",
        "DELETE /api/a2a/agents/{id}",
        "POST /api/a2a/agents/{id}/approve",
        "POST /api/a2a/discover body",
        "POST /api/a2a/send body",
        "GET /api/a2a/tasks/{id}/status",
        "GET /v1/models",
        "GET /v1/models/{id+} named",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static IEnumerable<RouteUnderTest> All => Pinned.Select(RouteUnderTest.Read);

    public static TheoryData<RouteUnderTest> Guarded => [.. All.Where(route => !route.Has("public"))];

    public static TheoryData<RouteUnderTest> OfIds => [.. All.Where(route => route.Has("agent") || route.Has("session"))];

    public static TheoryData<RouteUnderTest> OfNames => [.. All.Where(route => route.Has("named"))];

    public static TheoryData<RouteUnderTest> WithBodies => [.. All.Where(route => route.Has("body") || route.Has("optional-body"))];

    public static TheoryData<RouteUnderTest> WithNeededBodies => [.. All.Where(route => route.Has("body"))];

    public static TheoryData<string> Paths => [.. All.Select(route => route.Pattern).Distinct()];

    [Fact]
    public void These_are_all_routes()
    {
        Assert.SkipWhen(subject.Daemon is not InProcessDaemon, "the binary has no list of its routes");
        var mapped = ((InProcessDaemon)subject.Daemon).Server.Routes.Routes.Select(route => $"{route.Method} {route.Pattern}");

        Assert.Equal(All.Select(route => $"{route.Method} {route.Pattern}").Order(StringComparer.Ordinal), mapped.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Guarded))]
    public async Task Without_the_key_it_is_401(RouteUnderTest route)
    {
        var answer = await subject.Stranger.Send(subject.Fill(route), Cancel, route.AnyBody);
        var wrong = await subject.Stranger.Send(subject.Fill(route), Cancel, route.AnyBody, new Dictionary<string, string> { ["Authorization"] = "Bearer wrong" });

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (answer.Status, wrong.Status));
        Assert.Equal("Bearer", answer.Headers["WWW-Authenticate"]);
        JsonPattern.Matches(Shape(route, "Missing API key*", "authentication_error", "\"invalid_api_key\""), answer.Json);
    }

    [Theory]
    [MemberData(nameof(OfIds))]
    public async Task An_unknown_id_is_404_and_one_that_is_no_uuid_is_400(RouteUnderTest route)
    {
        var unknown = await subject.Api.Send(subject.Fill(route, id: Requests.NoAgent), Cancel, route.AnyBody);
        var strange = await subject.Api.Send(subject.Fill(route, id: "not-a-uuid"), Cancel, route.AnyBody);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.BadRequest), (unknown.Status, strange.Status));
        Assert.Contains(Requests.NoAgent, unknown.Error(), StringComparison.Ordinal);
        Assert.Contains("not-a-uuid", strange.Error(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(OfNames))]
    public async Task An_unknown_name_is_404(RouteUnderTest route)
    {
        var answer = await subject.Api.Send(subject.Fill(route, name: "nobody"), Cancel, route.AnyBody);

        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        JsonPattern.Matches(Shape(route, "*nobody*", "not_found_error", "\"model_not_found\""), answer.Json);
    }

    [Theory]
    [MemberData(nameof(WithBodies))]
    public async Task A_body_that_is_not_json_is_400_and_says_where(RouteUnderTest route)
    {
        var answer = await subject.Api.Send(subject.Fill(route), Cancel, "{\n  \"x\": tru }");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        JsonPattern.Matches(Shape(route, "*not valid JSON (line 2, byte *)", "invalid_request_error", "null"), answer.Json);
    }

    [Theory]
    [MemberData(nameof(WithNeededBodies))]
    public async Task No_body_is_400(RouteUnderTest route)
    {
        var answer = await subject.Api.Send(subject.Fill(route), Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        JsonPattern.Matches(Shape(route, "the body is empty*", "invalid_request_error", "null"), answer.Json);
    }

    [Theory]
    [MemberData(nameof(WithBodies))]
    public async Task Another_media_type_is_415(RouteUnderTest route)
    {
        var answer = await subject.Api.Send(subject.Fill(route), Cancel, "{}", new Dictionary<string, string> { ["Content-Type"] = "text/plain" });

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.Status);
        JsonPattern.Matches(Shape(route, "the media type must be application/json*", "invalid_request_error", "null"), answer.Json);
    }

    [Theory]
    [MemberData(nameof(WithBodies))]
    public async Task A_body_over_the_limit_is_413(RouteUnderTest route)
    {
        // The client asks first and does not send what is refused.
        var answer = await subject.Api.Send(subject.Fill(route), Cancel, Subject.Large, new Dictionary<string, string> { ["Expect"] = "100-continue" });

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        JsonPattern.Matches(Shape(route, "the body is larger than 2097152 bytes", "invalid_request_error", "null"), answer.Json);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Another_method_is_405_and_options_tells_which_there_are(string pattern)
    {
        var path = subject.Fill(RouteUnderTest.Read("GET " + pattern))["GET ".Length..];
        var methods = All.Where(route => route.Pattern == pattern).Select(route => route.Method).ToList();
        string[] allowed = [.. methods, .. methods.Contains("GET") ? ["HEAD"] : Array.Empty<string>(), "OPTIONS"];
        var other = new[] { "DELETE", "PATCH", "TRACE" }.First(method => !methods.Contains(method));

        var refused = await subject.Api.Send($"{other} {path}", Cancel);
        var options = await subject.Api.Send($"OPTIONS {path}", Cancel);

        Assert.Equal((HttpStatusCode.MethodNotAllowed, HttpStatusCode.NoContent), (refused.Status, options.Status));
        Assert.Equal(allowed.Order(), refused.Headers["Allow"].Split(", ").Order());
        Assert.Equal(allowed.Order(), options.Headers["Allow"].Split(", ").Order());
    }

    [Theory]
    [InlineData("GET /api/nothing")]
    [InlineData("GET /nothing")]
    [InlineData("POST /api/agents/x/y/z")]
    [InlineData("GET /api//agents")]
    [InlineData("GET /api/agents/../health/none")]
    [InlineData("GET /%2e%2e/etc/passwd")]
    public async Task A_path_that_is_not_there_is_404(string request)
    {
        var answer = await subject.Api.Send(request, Cancel);

        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.StartsWith("no such path: ", answer.Error(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_api_is_also_below_api_v1()
    {
        var answer = await subject.Api.Do($"GET /api/v1/agents/{subject.Agent}", Cancel);

        Assert.Equal(subject.Agent, answer.Text("id"));
    }

    [Fact]
    public async Task Head_answers_as_get_without_a_body()
    {
        var answer = await subject.Api.Send("HEAD /api/version", Cancel);

        Assert.Equal((HttpStatusCode.OK, ""), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task An_id_in_upper_case_is_the_same_id()
    {
        var answer = await subject.Api.Do($"GET /api/agents/{subject.Agent.ToUpperInvariant()}", Cancel);

        Assert.Equal(subject.Agent, answer.Text("id"));
    }

    private static string Shape(RouteUnderTest route, string message, string type, string code) => route.Pattern switch
    {
        var path when path.StartsWith("/v1/messages", StringComparison.Ordinal) => $$$"""{"type": "error", "error": {"type": "{{{(message.Contains("larger") ? "request_too_large" : type)}}}", "message": {{{FakeJson.Quote(message)}}}}}""",
        "/mcp" or "/a2a" => $$$"""{"jsonrpc": "2.0", "error": {"code": "*", "message": {{{FakeJson.Quote(message)}}}, "*": "*"}, "id": null}""",
        var path when path.StartsWith("/a2a/rest/", StringComparison.Ordinal) => $$$"""{"error": {"code": "*", "status": "*", "message": {{{FakeJson.Quote(message)}}}, "details": []}}""",
        var path when path.StartsWith("/v1/", StringComparison.Ordinal) => $$$"""{"error": {"message": {{{FakeJson.Quote(message)}}}, "type": "{{{type}}}", "param": null, "code": {{{code}}}}}""",
        _ => $$"""{"error": {{FakeJson.Quote(message)}}}""",
    };

    /// <summary>A daemon with one agent and one session that no request of these tests changes.</summary>
    public sealed class Subject : IAsyncLifetime
    {
        private readonly SharedDaemon shared = new();

        public static string Large { get; } = new(' ', (2 * 1024 * 1024) + 1);

        public ApiClient Api => shared.Api;

        public ApiClient Stranger => shared.Stranger;

        public IDaemonUnderTest Daemon => shared.Daemon;

        public string Agent { get; private set; } = "";

        public string Session { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            await shared.InitializeAsync();
            Agent = await shared.Spawn();
            Session = (await Api.Do($"GET /api/agents/{Agent}", Cancel)).Text("session_id");
        }

        public ValueTask DisposeAsync() => shared.DisposeAsync();

        /// <summary>The request line of a route with its parameters filled in.</summary>
        internal string Fill(RouteUnderTest route, string? id = null, string name = "openai")
        {
            var own = route.Has("session") ? Session : Agent;
            return $"{route.Method} " + route.Pattern
                .Replace("{id+}", name, StringComparison.Ordinal)
                .Replace("{id}", id ?? own, StringComparison.Ordinal)
                .Replace("{sid}", Session, StringComparison.Ordinal)
                .Replace("{key}", "k", StringComparison.Ordinal)
                .Replace("{taskId}", Requests.NoAgent, StringComparison.Ordinal)
                .Replace("{tenant}", name, StringComparison.Ordinal)
                .Replace("{label}", "l", StringComparison.Ordinal)
                .Replace("{name}", name, StringComparison.Ordinal)
                .Replace("{poll_id}", name, StringComparison.Ordinal);
        }
    }
}

/// <summary>A line of the pinned list, taken apart.</summary>
public sealed record RouteUnderTest(string Method, string Pattern, string Traits)
{
    /// <summary>A JSON object for the routes that read one.</summary>
    public string? AnyBody => Has("body") ? "{}" : null;

    public static RouteUnderTest Read(string line)
    {
        var words = line.Split(' ', 3);
        return new RouteUnderTest(words[0], words[1], words.Length > 2 ? words[2] : "");
    }

    public bool Has(string trait) => Traits.Split(' ').Contains(trait);

    public override string ToString() => $"{Method} {Pattern}";
}

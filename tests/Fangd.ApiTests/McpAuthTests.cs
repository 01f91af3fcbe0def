using System.Net;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Servers over HTTP that want their user's consent, with an authorization server of their own beside them.</summary>
public sealed class McpAuthTests : IAsyncLifetime
{
    private readonly FakeModel model = FakeModel.Start();
    private readonly AuthorizationStandIn authorization = new();
    private readonly HttpClient browser = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private ProtectedMcpStandIn server = null!;
    private IDaemonUnderTest daemon = null!;
    private ApiClient api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        server = new ProtectedMcpStandIn(authorization);
        daemon = await Daemons.Start(Daemons.With(model, sections: "[security]\nallow_loopback_targets = true"), Cancel);
        api = new ApiClient(daemon);
    }

    public async ValueTask DisposeAsync()
    {
        api.Dispose();
        browser.Dispose();
        await daemon.DisposeAsync();
        await server.DisposeAsync();
        await authorization.DisposeAsync();
        await model.DisposeAsync();
    }

    [Fact]
    public async Task A_server_that_wants_consent_says_how_to_give_it()
    {
        await Add();

        const string Need = "it needs authorization: run fangd mcp auth vip, or POST /api/mcp/servers/vip/auth/start";
        var seen = await api.Do("GET /api/mcp/servers/vip", Cancel);
        Assert.Equal(("NeedsAuthorization", Need, "False"), (seen.Text("status"), seen.Text("last_error"), seen.GetProperty("connected").ToString()));
        var health = Assert.Single((await api.Do("GET /api/mcp/health", Cancel)).GetProperty("health").EnumerateArray());
        Assert.Equal(("NeedsAuthorization", Need, "False"), (health.Text("status"), health.Text("last_error"), health.GetProperty("reconnecting").ToString()));
        await new ApiCase("status", "GET /api/mcp/servers/vip/auth/status", 200, $$$"""{"server": "vip", "auth": {"state": "needs_auth", "message": "{{{Need}}}"}}""").Run(api, Cancel);
        Assert.Equal(0, authorization.Count("POST", "/register"));
    }

    [Fact]
    public async Task A_browser_brings_the_consent_and_the_server_is_used_from_then_on()
    {
        await Add();

        var callback = await Consent(await Start());
        var page = await Open(callback);

        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (page.Status, page.Headers["Content-Type"]));
        Assert.Contains("fangd may use vip now", page.Text);
        await Connected();
        Assert.Contains("DONE read", await Say("<<call mcp_vip_read {}>>"));
        var status = (await api.Do("GET /api/mcp/servers/vip/auth/status", Cancel)).GetProperty("auth");
        Assert.Equal(("authorized", authorization.Issuer, "files:read"), (status.Text("state"), status.Text("issuer"), status.Text("scope")));
        Assert.Contains("MCP server vip authorized by", (await api.Send("GET /api/audit/recent", Cancel)).Text);
    }

    [Fact]
    public async Task What_a_headless_browser_ended_at_is_pasted()
    {
        await Add();
        var callback = await Consent(await Start());

        await new ApiCase("pasted", "POST /api/mcp/servers/vip/auth/complete", 200, """{"server": "vip", "state": "authorized", "connected": true}""", $$"""{"url": "{{callback}}"}""").Run(api, Cancel);

        await new ApiCase("twice", "POST /api/mcp/servers/vip/auth/complete", 400, """{"error": "url: nothing waits for this answer: it was given already, came too late, or was never asked for; start again"}""", $$"""{"url": "{{callback}}"}""").Run(api, Cancel);
        await new ApiCase("no url", "POST /api/mcp/servers/vip/auth/complete", 400, """{"error": "url is missing: the whole address that the browser was sent to"}""", "{}").Run(api, Cancel);
        await new ApiCase("half", "POST /api/mcp/servers/vip/auth/complete", 400, """{"error": "url must be the whole address that the browser was sent to, with its code and state"}""", """{"url": "abc"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task Tokens_are_in_the_vault_and_nowhere_else()
    {
        await Authorized();
        await Say("<<call mcp_vip_read {}>>");

        var shown = new[] { "GET /api/mcp/servers", "GET /api/mcp/health", "GET /api/mcp/servers/vip/auth/status", "GET /api/audit/recent", "GET /api/vault", "GET /api/config" };
        foreach (var request in shown)
        {
            var text = (await api.Send(request, Cancel)).Text;
            Assert.All(authorization.Secrets, secret => Assert.DoesNotContain(secret, text));
        }

        await daemon.Stop(Cancel);
        foreach (var file in Directory.EnumerateFiles(daemon.Home, "*", SearchOption.AllDirectories))
        {
            var text = System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, Cancel));
            Assert.All(authorization.Secrets, secret => Assert.DoesNotContain(secret, text));
        }
    }

    [Fact]
    public async Task Consent_outlives_a_restart()
    {
        await Authorized();

        api.Dispose();
        await daemon.Stop(Cancel);
        await daemon.Restart(Cancel);
        api = new ApiClient(daemon);

        await api.Do("POST /api/mcp/servers/vip/reconnect", Cancel);
        Assert.Contains("DONE read", await Say("<<call mcp_vip_read {}>>"));
        Assert.Equal(1, authorization.Count("POST", "/register"));
    }

    [Theory]
    [InlineData("state=forged&code=abc")]
    [InlineData("code=abc")]
    [InlineData("")]
    [InlineData("error=access_denied&error_description=%3Cscript%3E&state=forged")]
    public async Task An_answer_that_fits_no_question_changes_nothing(string query)
    {
        await Add();
        await Start();

        foreach (var name in new[] { "vip", "no-such-server" })
        {
            var page = await Open(new Uri($"{daemon.Address}api/mcp/servers/{name}/auth/callback?{query}"));
            Assert.Equal(HttpStatusCode.BadRequest, page.Status);
            Assert.Contains("Nothing waits for this answer", page.Text);
            Assert.DoesNotContain("script", page.Text);
        }

        Assert.Equal(0, authorization.Count("POST", "/token"));
    }

    [Fact]
    public async Task A_callback_works_once()
    {
        await Add();
        var callback = await Consent(await Start());
        Assert.Equal(HttpStatusCode.OK, (await Open(callback)).Status);

        Assert.Equal(HttpStatusCode.BadRequest, (await Open(callback)).Status);

        Assert.Equal(1, authorization.Count("POST", "/token"));
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("")]
    public async Task An_answer_of_another_issuer_is_not_used(string issuer)
    {
        await Add();
        authorization.AnswersAs = issuer;

        var page = await Open(await Consent(await Start()));

        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Contains("The answer does not come from", page.Text);
        Assert.Equal(0, authorization.Count("POST", "/token"));
        Assert.Contains("vip not authorized", (await api.Send("GET /api/audit/recent", Cancel)).Text);
    }

    [Fact]
    public async Task A_refused_token_is_renewed_once_for_all_who_wait()
    {
        await Authorized();
        var used = authorization.Count("POST", "/token");
        authorization.ForgetAccessTokens();

        var agent = await Spawn();
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Say(agent, "<<call mcp_vip_read {}>>")));

        Assert.All(answers, answer => Assert.Contains("DONE read", answer));
        Assert.Equal(used + 1, authorization.Count("POST", "/token"));
        // The refresh token was changed for another, which works too.
        authorization.ForgetAccessTokens();
        Assert.Contains("DONE read", await Say("<<call mcp_vip_read {}>>"));
    }

    [Fact]
    public async Task A_token_that_is_about_to_end_is_renewed_before_it_is_used()
    {
        authorization.Lifetime = 10;
        await Authorized();
        var refused = Refused();

        Assert.Contains("DONE read", await Say("<<call mcp_vip_read {}>>"));

        Assert.True(authorization.Count("POST", "/token") > 1);
        Assert.Equal(refused, Refused());
    }

    [Fact]
    public async Task A_consent_that_is_over_is_asked_for_again()
    {
        await Authorized();
        authorization.ForgetAccessTokens();
        authorization.ForgetRefreshTokens();

        Assert.Contains("it needs authorization", await Say("<<call mcp_vip_read {}>>"));

        Assert.Contains("token not renewed", (await api.Send("GET /api/audit/recent", Cancel)).Text);
        Assert.Equal("needs_auth", (await api.Do("GET /api/mcp/servers/vip/auth/status", Cancel)).GetProperty("auth").Text("state"));
        await Authorized(isThere: true);
        Assert.Contains("DONE read", await Say("<<call mcp_vip_read {}>>"));
    }

    [Fact]
    public async Task What_a_tool_needs_beyond_the_consent_is_asked_for_on_top_of_it()
    {
        await Authorized();

        Assert.Contains("it wants more permission (files:write): run fangd mcp auth vip", await Say("<<call mcp_vip_write {}>>"));

        Assert.Contains("DONE read", await Say("<<call mcp_vip_read {}>>"));
        var url = await Start();
        Assert.Contains("scope=files%3Aread%20files%3Awrite", url);
        Assert.Equal(HttpStatusCode.OK, (await Open(await Consent(url))).Status);
        await Connected();
        Assert.Contains("DONE write", await Say("<<call mcp_vip_write {}>>"));
    }

    [Fact]
    public async Task An_authorization_is_revoked_here_and_there()
    {
        await Authorized();

        await new ApiCase("revoke", "POST /api/mcp/servers/vip/auth/revoke", 200, """{"server": "vip", "state": "revoked"}""").Run(api, Cancel);

        Assert.Equal(1, authorization.Count("POST", "/revoke"));
        await new ApiCase("again", "DELETE /api/mcp/servers/vip/auth/revoke", 409, """{"error": "MCP server 'vip' has no authorization"}""").Run(api, Cancel);
        Assert.Contains("authorization by", (await api.Send("GET /api/audit/recent", Cancel)).Text);
        await api.Send("POST /api/mcp/servers/vip/reconnect", Cancel);
        Assert.Equal("NeedsAuthorization", (await api.Do("GET /api/mcp/servers/vip", Cancel)).Text("status"));
    }

    [Fact]
    public async Task A_server_that_is_removed_leaves_no_consent_behind()
    {
        await Authorized();

        await api.Do("DELETE /api/mcp/servers/vip", Cancel);

        Assert.Equal(1, authorization.Count("POST", "/revoke"));
        await Add();
        Assert.Equal("NeedsAuthorization", (await api.Do("GET /api/mcp/servers/vip", Cancel)).Text("status"));
    }

    [Fact]
    public async Task A_token_is_for_the_address_that_it_was_given_for()
    {
        await Authorized();
        await using var other = new ProtectedMcpStandIn(authorization);

        await api.Do("PUT /api/mcp/servers/vip", Cancel, Settings(other.Url));
        await api.Send("POST /api/mcp/servers/vip/reconnect", Cancel);

        Assert.NotEmpty(other.Requests);
        Assert.DoesNotContain(other.Requests, request => request.Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task A_daemon_with_credentials_of_its_own_asks_nobody()
    {
        authorization.Register("robot", "s3cret/with+signs");
        await api.Do("PUT /api/vault/ROBOT_SECRET", Cancel, """{"value": "s3cret/with+signs"}""");

        await api.Do(
            "POST /api/mcp/servers",
            Cancel,
            $$$"""{"name": "vip", "transport": "http", "url": "{{{server.Url}}}", "oauth": {"grant_type": "client_credentials", "client_id": "robot", "client_secret_env": "ROBOT_SECRET", "issuer": "{{{authorization.Issuer}}}"}}""");

        await Connected();
        Assert.Contains("DONE read", await Say("<<call mcp_vip_read {}>>"));
        Assert.Contains("DONE write", await Say("<<call mcp_vip_write {}>>"));
        authorization.ForgetAccessTokens();
        Assert.Contains("DONE read", await Say("<<call mcp_vip_read {}>>"));
        Assert.Equal(0, authorization.Count("POST", "/register"));
        await new ApiCase("nobody", "POST /api/mcp/servers/vip/auth/start", 409, """{"error": "MCP server 'vip' authorizes by itself (client_credentials)"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task A_client_that_was_registered_by_hand_is_used_with_its_secret()
    {
        authorization.Register("by-hand", "hand-secret");
        await api.Do("PUT /api/vault/HAND_SECRET", Cancel, """{"value": "hand-secret"}""");
        await api.Do(
            "POST /api/mcp/servers",
            Cancel,
            $$$"""{"name": "vip", "transport": "http", "url": "{{{server.Url}}}", "oauth": {"client_id": "by-hand", "client_secret_env": "HAND_SECRET", "issuer": "{{{authorization.Issuer}}}", "scopes": ["files:all"], "redirect_url": "https://pi.example/api/mcp/servers/vip/auth/callback"}}""");
        var started = await api.Do("POST /api/mcp/servers/vip/auth/start", Cancel);
        Assert.Equal("https://pi.example/api/mcp/servers/vip/auth/callback", started.Text("redirect_uri"));

        var callback = await Consent(started.Text("auth_url"));

        Assert.Contains("client_id=by-hand", started.Text("auth_url"));
        Assert.Contains("scope=files%3Aall", started.Text("auth_url"));
        await api.Do("POST /api/mcp/servers/vip/auth/complete", Cancel, $$"""{"url": "{{callback}}"}""");
        await Connected();
        Assert.Equal(0, authorization.Count("POST", "/register"));
        Assert.DoesNotContain("hand-secret", (await api.Send("GET /api/mcp/servers/vip", Cancel)).Text);
    }

    public static TheoryData<string, string> Traps => new()
    {
        { "another resource", "are those of another resource, https://other.example/mcp" },
        { "no PKCE", "does not announce PKCE with S256" },
        { "plain PKCE", "does not announce PKCE with S256" },
        { "another issuer", "publishes metadata of another one, https://evil.example" },
        { "plain http", "must begin with https://" },
        { "a machine in the network", "is blocked: it is in a private network" },
        { "the cloud's metadata", "is blocked: it hands out the credentials of cloud machines" },
        { "another port of this machine", "is blocked: it is on this machine" },
        { "too much", "is larger than 262144 bytes" },
        { "a redirect", "was not followed: an authorization does not go on elsewhere" },
        { "no registration", "register fangd there by hand" },
        { "script", "the authorization_endpoint of" },
    };

    [Theory]
    [MemberData(nameof(Traps))]
    public async Task A_trap_in_the_metadata_is_told_of_and_not_stepped_into(string trap, string told)
    {
        await using var elsewhere = new WebStandIn(_ => WebAnswer.Json("{}"));
        Set(trap, elsewhere.Url);
        await Add();

        var answer = await api.Send("POST /api/mcp/servers/vip/auth/start", Cancel);

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Contains(told, answer.Json.Text("error"));
        Assert.Empty(elsewhere.Requests);
        Assert.Equal(0, authorization.Count("POST", "/token"));
    }

    [Theory]
    [InlineData("a redirect", "was not followed")]
    [InlineData("an error that repeats the code", "gave no token: it answered with HTTP 400")]
    [InlineData("a token of another type", "gave a token of type DPoP")]
    [InlineData("no token", "gave no token that could be used")]
    [InlineData("a page", "gave no token: it answered with HTTP 200")]
    [InlineData("too much", "larger than 262144 bytes")]
    public async Task A_token_endpoint_that_does_not_keep_to_the_protocol_gets_nothing_and_gives_nothing(string fault, string told)
    {
        await using var elsewhere = new WebStandIn(_ => WebAnswer.Json("{}"));
        await Add();
        var callback = await Consent(await Start());
        authorization.Instead = request => request.Path != "/token" ? null : fault switch
        {
            "a redirect" => WebAnswer.Redirect($"{elsewhere.Url}/token", 307),
            "an error that repeats the code" => WebAnswer.Json($$"""{"error": "invalid_grant", "error_description": "bad {{request.Body.Split("code=")[1].Split('&')[0]}}"}""", 400),
            "a token of another type" => WebAnswer.Json("""{"access_token": "x", "token_type": "DPoP"}"""),
            "no token" => WebAnswer.Json("""{"access_token": "x\r\nX: y", "token_type": "Bearer"}"""),
            "a page" => WebAnswer.Html("<h1>Hello</h1>"),
            _ => WebAnswer.Json($$"""{"access_token": "{{new string('x', 300_000)}}"}"""),
        };

        var answer = await api.Send("POST /api/mcp/servers/vip/auth/complete", Cancel, $$"""{"url": "{{callback}}"}""");

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Contains(told, answer.Json.Text("error"));
        Assert.All(authorization.Secrets, secret => Assert.DoesNotContain(secret, answer.Text));
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task A_server_that_wants_a_key_of_its_own_is_no_case_for_consent()
    {
        await using var keyed = new WebStandIn(_ => WebAnswer.Json("{}", 401));

        await api.Do("POST /api/mcp/servers", Cancel, $$"""{"name": "keyed", "transport": "http", "url": "{{keyed.Url}}/mcp"}""");

        var seen = await api.Do("GET /api/mcp/servers/keyed", Cancel);
        Assert.Equal(("Error", "the server wants a credential (HTTP 401)"), (seen.Text("status"), seen.Text("last_error")));
    }

    [Fact]
    public async Task Without_a_vault_no_user_is_sent_on_the_way()
    {
        await using var bare = await Daemons.Start(Daemons.With(model, sections: "[security]\nallow_loopback_targets = true\n[vault]\nenabled = false"), Cancel);
        using var its = new ApiClient(bare);
        await its.Do("POST /api/mcp/servers", Cancel, $$"""{"name": "vip", {{Settings(server.Url)[1..]}}""");

        await new ApiCase(
            "no vault",
            "POST /api/mcp/servers/vip/auth/start",
            503,
            """{"error": "MCP server vip cannot be authorized: its tokens are kept in the vault alone, which is turned off: set [vault] enabled = true"}""").Run(its, Cancel);
        Assert.Equal(0, authorization.Count("POST", "/register"));
    }

    [Fact]
    public async Task A_vault_without_a_key_says_so_before_the_user_is_sent_on_the_way()
    {
        await using var keyless = await Daemons.Start(
            Daemons.With(model, sections: "[security]\nallow_loopback_targets = true") with { Environment = new Dictionary<string, string> { ["FANGD_VAULT_KEY"] = "no key" } },
            Cancel);
        using var its = new ApiClient(keyless);
        await its.Do("POST /api/mcp/servers", Cancel, $$"""{"name": "vip", {{Settings(server.Url)[1..]}}""");

        var answer = await its.Send("POST /api/mcp/servers/vip/auth/start", Cancel);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.StartsWith("MCP server vip: authorization cannot be had: the vault is locked: ", answer.Json.Text("error"), StringComparison.Ordinal);
        Assert.Contains("FANGD_VAULT_KEY", answer.Json.Text("error"));
    }

    [Fact]
    public async Task A_secret_that_is_not_there_is_named()
    {
        await api.Do(
            "POST /api/mcp/servers",
            Cancel,
            $$$"""{"name": "vip", "transport": "http", "url": "{{{server.Url}}}", "oauth": {"client_id": "x", "client_secret_env": "NOT_THERE", "issuer": "{{{authorization.Issuer}}}"}}""");

        var seen = await api.Do("GET /api/mcp/servers/vip", Cancel);

        Assert.Equal(("Setup", "NOT_THERE is missing: set it in the daemon's environment or with fangd vault set NOT_THERE"), (seen.Text("status"), seen.Text("last_error")));
    }

    [Fact]
    public async Task A_program_has_nobody_to_ask()
    {
        await api.Do("POST /api/mcp/servers", Cancel, """{"name": "vip", "transport": "stdio", "command": "no-such-program"}""");

        const string Conflict = """{"error": "MCP server 'vip' has no authorization to ask for: it is a program, or its settings have a credential for it"}""";
        await new ApiCase("start", "POST /api/mcp/servers/vip/auth/start", 409, Conflict).Run(api, Cancel);
        await new ApiCase("revoke", "POST /api/mcp/servers/vip/auth/revoke", 409, Conflict).Run(api, Cancel);
        await new ApiCase("status", "GET /api/mcp/servers/vip/auth/status", 200, """{"server": "vip", "auth": {"state": "not_required"}}""").Run(api, Cancel);
    }

    [Theory]
    [InlineData("""{"client_secret": "x"}""", "oauth.client_secret: keep the secret with fangd vault set NAME, and give its name as client_secret_env")]
    [InlineData("""{"client_idd": "x"}""", "oauth.client_idd is not one of client_id, client_secret_env, issuer, scopes, auth_url, token_url, redirect_url, grant_type")]
    [InlineData("""{"client_id": "x", "client_secret_env": "X"}""", "oauth.issuer is missing: the authorization server that the secret is for")]
    [InlineData("""{"grant_type": "password"}""", "oauth.grant_type must be authorization_code or client_credentials")]
    [InlineData("""{"redirect_url": "http://pi.example/cb"}""", "oauth.redirect_url must be an https address, or one of this machine: a code comes back over it")]
    [InlineData("""{"grant_type": "client_credentials"}""", "oauth.client_id and client_secret_env are needed for client_credentials")]
    [InlineData("""{"scopes": 5}""", "oauth.scopes must be an array of strings")]
    [InlineData("[]", "oauth must be an object")]
    public Task What_is_wrong_with_its_settings_is_named(string oauth, string error) => new ApiCase(
        "wrong",
        "POST /api/mcp/servers",
        400,
        $$"""{"error": "{{error}}"}""",
        $$"""{"name": "a", "transport": "http", "url": "https://x.example", "oauth": {{oauth}}}""").Run(api, Cancel);

    private void Set(string trap, string elsewhere)
    {
        switch (trap)
        {
            case "another resource":
                server.Resource = "https://other.example/mcp";
                break;
            case "no PKCE":
                authorization.ChallengeMethods = "";
                break;
            case "plain PKCE":
                authorization.ChallengeMethods = """["plain"]""";
                break;
            case "another issuer":
                authorization.MoreMetadata = """, "issuer": "https://evil.example" """;
                break;
            case "plain http":
                authorization.MoreMetadata = """, "token_endpoint": "http://auth.example/token" """;
                break;
            case "a machine in the network":
                authorization.MoreMetadata = """, "registration_endpoint": "https://192.168.1.1/register" """;
                break;
            case "the cloud's metadata":
                server.MetadataUrl = "https://169.254.169.254/latest/meta-data";
                break;
            case "another port of this machine":
                server.MetadataUrl = $"{elsewhere}/.well-known/oauth-protected-resource/mcp";
                break;
            case "too much":
                authorization.MoreMetadata = $", \"more\": \"{new string('x', 300_000)}\"";
                break;
            case "a redirect":
                authorization.Instead = request => request.Path.StartsWith("/.well-known", StringComparison.Ordinal) ? WebAnswer.Redirect($"{elsewhere}/as") : null;
                break;
            case "no registration":
                authorization.MoreMetadata = """, "registration_endpoint": null """;
                break;
            case "script":
                authorization.MoreMetadata = """, "authorization_endpoint": "javascript:alert(1)" """;
                break;
        }
    }

    private Task Add() => api.Do("POST /api/mcp/servers", Cancel, $$"""{"name": "vip", {{Settings(server.Url)[1..]}}""");

    private string Settings(string url) => $$$"""{"transport": "http", "url": "{{{url}}}", "oauth": {"issuer": "{{{authorization.Issuer}}}"}}""";

    private async Task<string> Start() => (await api.Do("POST /api/mcp/servers/vip/auth/start", Cancel)).Text("auth_url");

    /// <summary>The user agrees; gives where the authorization server sends the browser.</summary>
    private async Task<Uri> Consent(string url)
    {
        using var answer = await browser.GetAsync(url, Cancel);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return answer.Headers.Location!;
    }

    private async Task<ApiResponse> Open(Uri url)
    {
        using var visitor = new ApiClient(daemon.Address);
        return await visitor.Send($"GET {url.PathAndQuery}", Cancel);
    }

    private async Task Authorized(bool isThere = false)
    {
        if (!isThere)
            await Add();
        var callback = await Consent(await Start());
        Assert.Equal(HttpStatusCode.OK, (await Open(callback)).Status);
        await Connected();
    }

    private Task Connected() => api.Do("POST /api/mcp/servers/vip/reconnect", Cancel);

    private int Refused() => server.Requests.Count(request => request.Path == "/mcp" && !request.Headers.ContainsKey("Authorization"));

    private async Task<string> Spawn() =>
        (await api.Do("POST /api/agents", Cancel, Requests.Manifest($"name = \"a{Guid.NewGuid():N}\"\n[capabilities]\ntools = [\"mcp_*\"]"))).Text("agent_id");

    private async Task<string> Say(string message) => await Say(await Spawn(), message);

    private async Task<string> Say(string agent, string message) =>
        (await api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message(message))).Text("response");
}

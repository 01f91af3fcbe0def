using System.Net;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>What every request meets before a handler: keys, origins, proxies and headers.</summary>
public sealed class DoorTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_may_come_in_either_header_and_any_case_of_bearer()
    {
        foreach (var (name, value) in new[] { ("Authorization", $"bearer {Daemons.Key}"), ("Authorization", $"Bearer   {Daemons.Key}"), ("X-API-Key", Daemons.Key) })
            await new ApiCase(value, "GET /api/agents", 200) { Headers = new Dictionary<string, string> { [name] = value } }.Run(shared.Stranger, Cancel);
        foreach (var (name, value) in new[] { ("Authorization", Daemons.Key), ("Authorization", $"Basic {Daemons.Key}"), ("X-API-Key", Daemons.Key + "x"), ("X-API-Key", new string('x', 5000)) })
            await new ApiCase(value, "GET /api/agents", 401) { Headers = new Dictionary<string, string> { [name] = value } }.Run(shared.Stranger, Cancel);
    }

    [Theory]
    [InlineData("GET /api/health")]
    [InlineData("GET /api/agents/x")]
    [InlineData("GET /nothing")]
    [InlineData("DELETE /api/health")]
    [InlineData("POST /v1/chat/completions")]
    public async Task Security_headers_are_on_every_answer(string request)
    {
        var answer = await shared.Api.Send(request, Cancel);
        var agentOs = await shared.AgentOs.Send(request, Cancel);

        Assert.Equal("DENY", answer.Headers["X-Frame-Options"]);
        Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
        Assert.Equal("no-referrer", answer.Headers["Referrer-Policy"]);
        Assert.Equal("max-age=63072000; includeSubDomains", answer.Headers["Strict-Transport-Security"]);
        Assert.Contains("default-src 'self'", answer.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.False(answer.Headers.ContainsKey("X-XSS-Protection"));
        Assert.Equal("1; mode=block", agentOs.Headers["X-XSS-Protection"]);
        Assert.False(answer.Headers.ContainsKey("Server"));
    }

    [Fact]
    public async Task A_request_id_is_made_or_kept_when_it_is_a_uuid()
    {
        const string mine = "0b7e7fb0-5b0a-4a8a-9c57-2f6f4f2a0001";

        var kept = await shared.Api.Send("GET /api/health", Cancel, null, new Dictionary<string, string> { ["X-Request-Id"] = mine });
        var replaced = await shared.Api.Send("GET /api/health", Cancel, null, new Dictionary<string, string> { ["X-Request-Id"] = "x\tinjected" });
        var made = await shared.Api.Send("GET /nothing", Cancel);

        Assert.Equal(mine, kept.Headers["X-Request-Id"]);
        Assert.True(Guid.TryParseExact(replaced.Headers["X-Request-Id"], "D", out _));
        Assert.NotEqual(made.Headers["X-Request-Id"], replaced.Headers["X-Request-Id"]);
    }

    [Theory]
    [InlineData("http://localhost:3000", true)]
    [InlineData("https://127.0.0.1", true)]
    [InlineData("http://[::1]:8080", true)]
    [InlineData("https://evil.example", false)]
    [InlineData("http://localhost.evil.example", false)]
    [InlineData("null", false)]
    public async Task Origins_of_this_machine_may_read_answers(string origin, bool isAllowed)
    {
        var headers = new Dictionary<string, string> { ["Origin"] = origin };

        var answer = await shared.Api.Send("GET /api/health", Cancel, null, headers);
        var agentOs = await shared.AgentOs.Send("GET /api/health", Cancel, null, headers);

        Assert.Equal(isAllowed ? origin : null, answer.Headers.GetValueOrDefault("Access-Control-Allow-Origin"));
        Assert.Contains("Origin", answer.Headers["Vary"], StringComparison.Ordinal);
        Assert.Equal("*", agentOs.Headers["Access-Control-Allow-Origin"]);
        if (isAllowed)
            Assert.Contains("X-Total-Count", answer.Headers["Access-Control-Expose-Headers"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preflight_is_answered_without_a_key()
    {
        var headers = new Dictionary<string, string>
        {
            ["Origin"] = "http://localhost:3000",
            ["Access-Control-Request-Method"] = "DELETE",
            ["Access-Control-Request-Headers"] = "authorization, x-mine",
        };

        var answer = await shared.Stranger.Send("OPTIONS /api/agents", Cancel, null, headers);
        var foreign = await shared.Stranger.Send("OPTIONS /api/agents", Cancel, null, new Dictionary<string, string>(headers) { ["Origin"] = "https://evil.example" });

        Assert.Equal((HttpStatusCode.NoContent, "authorization, x-mine"), (answer.Status, answer.Headers["Access-Control-Allow-Headers"]));
        Assert.Contains("DELETE", answer.Headers["Access-Control-Allow-Methods"], StringComparison.Ordinal);
        Assert.False(foreign.Headers.ContainsKey("Access-Control-Allow-Origin"));
        Assert.False(foreign.Headers.ContainsKey("Access-Control-Allow-Methods"));
    }

    [Fact]
    public async Task A_configured_origin_is_allowed_once_a_key_is_set()
    {
        await using var model = FakeModel.Start();
        var setup = Daemons.With(model, "cors_origins = [\"https://app.example\"]");
        await using var locked = await Daemons.Start(setup, Cancel);
        await using var open = await Daemons.Start(setup with { ApiKey = null }, Cancel);

        foreach (var (daemon, allowed) in new[] { (locked, "https://app.example"), (open, null) })
        {
            using var api = new ApiClient(daemon);
            var answer = await api.Send("GET /api/health", Cancel, null, new Dictionary<string, string> { ["Origin"] = "https://app.example" });
            Assert.Equal(allowed, answer.Headers.GetValueOrDefault("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task Without_a_key_only_this_machine_may_ask()
    {
        await using var model = FakeModel.Start();
        await using var daemon = await Daemons.Start(Daemons.With(model) with { ApiKey = null }, Cancel);
        using var api = new ApiClient(daemon);

        foreach (var (name, value, status) in new[]
        {
            ("Host", "localhost:4545", 200), ("Host", "LocalHost", 200), ("Host", "[::1]:4545", 200), ("Host", "fangd.localhost", 200),
            ("Host", "evil.example", 403), ("Host", "192.168.1.7:4545", 403), ("Host", "127.0.0.1.evil.example", 403),
            ("Origin", "http://localhost:3000", 200), ("Origin", "https://evil.example", 403), ("Origin", "null", 403),
            ("X-Forwarded-For", "203.0.113.9", 401), ("Forwarded", "for=203.0.113.9", 401), ("X-Real-IP", "203.0.113.9", 401),
        })
            await new ApiCase($"{name}: {value}", "GET /api/agents", status) { Headers = new Dictionary<string, string> { [name] = value } }.Run(api, Cancel);
        await new ApiCase("health stays public", "GET /api/health", 200) { Headers = new Dictionary<string, string> { ["Host"] = "evil.example" } }.Run(api, Cancel);
    }
}

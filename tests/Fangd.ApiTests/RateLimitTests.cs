using System.Globalization;
using System.Net;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Budgets of clients, on a clock that the tests move.</summary>
public sealed class RateLimitTests
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_seconds_worth_may_come_at_once_and_then_it_refills_exactly()
    {
        Assert.SkipWhen(Daemons.IsBinary, "the clock of the binary cannot be moved");
        var time = new ManualTime();
        await using var model = FakeModel.Start();
        await using var daemon = await Daemons.Start(Setup(model, time, "[rate_limit]\nrequests_per_second = 2"), Cancel);
        using var api = new ApiClient(daemon);

        for (var left = 3; left >= 0; left--)
        {
            var passed = await api.Send("GET /api/version", Cancel);
            Assert.Equal((HttpStatusCode.OK, "4", left), (passed.Status, passed.Headers["X-RateLimit-Limit"], int.Parse(passed.Headers["X-RateLimit-Remaining"], CultureInfo.InvariantCulture)));
        }

        var refused = await new ApiCase("refused", "GET /api/version", 429, """{"error": "Rate limit exceeded"}""").Run(api, Cancel);
        Assert.Equal(("1", "0", "2"), (refused.Headers["Retry-After"], refused.Headers["X-RateLimit-Remaining"], refused.Headers["X-RateLimit-Reset"]));
        time.Advance(TimeSpan.FromMilliseconds(500) - Instant);
        await new ApiCase("too early", "GET /api/version", 429).Run(api, Cancel);
        time.Advance(2 * Instant);
        await new ApiCase("one came back", "GET /api/version", 200).Run(api, Cancel);
        await new ApiCase("and no more", "GET /api/version", 429).Run(api, Cancel);
    }

    [Fact]
    public async Task A_message_costs_three_and_a_spawn_five()
    {
        Assert.SkipWhen(Daemons.IsBinary, "the clock of the binary cannot be moved");
        await using var model = FakeModel.Start();
        await using var daemon = await Daemons.Start(Setup(model, new ManualTime(), "[rate_limit]\nrequests_per_second = 10"), Cancel);
        using var api = new ApiClient(daemon);

        var spawned = await api.Send("POST /api/agents", Cancel, Requests.Manifest("name = \"a\""));
        var answered = await api.Send($"POST /api/agents/{spawned.Json.Text("agent_id")}/message", Cancel, Requests.Message("x"));
        var read = await api.Send("GET /api/agents", Cancel);
        var page = await api.Send("GET /", Cancel);

        Assert.Equal(["15", "12", "11"], new[] { spawned, answered, read }.Select(answer => answer.Headers["X-RateLimit-Remaining"]));
        Assert.False(page.Headers.ContainsKey("X-RateLimit-Remaining"));
    }

    [Fact]
    public async Task Agentos_has_hourly_classes_and_tells_the_pause_in_the_body()
    {
        Assert.SkipWhen(Daemons.IsBinary, "the clock of the binary cannot be moved");
        var time = new ManualTime();
        await using var model = FakeModel.Start();
        await using var daemon = await Daemons.Start(
            Setup(model, time, "[[listener]]\naddress = \"127.0.0.1:{port}\"\ndialect = \"agentos\"\n[listener.rate_limit]\nreads_per_hour = 2\nwrites_per_hour = 1"), Cancel);
        using var api = new ApiClient(daemon);

        await new ApiCase("read", "GET /api/version", 200).Run(api, Cancel);
        await new ApiCase("read", "GET /api/version", 200).Run(api, Cancel);
        var refused = await new ApiCase("read", "GET /api/version", 429, """{"error": "Rate limit exceeded", "retryAfter": 1800}""").Run(api, Cancel);
        await new ApiCase("a write has a budget of its own", "POST /api/agents", 201, null, Requests.Manifest("name = \"a\"")).Run(api, Cancel);
        await new ApiCase("write", "POST /api/agents", 429, """{"error": "Rate limit exceeded", "retryAfter": 3600}""", Requests.Manifest("name = \"b\"")).Run(api, Cancel);

        Assert.Equal("1800", refused.Headers["Retry-After"]);
        time.Advance(TimeSpan.FromMinutes(30) + Instant);
        await new ApiCase("read again", "GET /api/version", 200).Run(api, Cancel);
    }

    [Fact]
    public async Task Under_v1_a_refusal_has_openais_shape()
    {
        Assert.SkipWhen(Daemons.IsBinary, "the clock of the binary cannot be moved");
        await using var model = FakeModel.Start();
        await using var daemon = await Daemons.Start(Setup(model, new ManualTime(), "[rate_limit]\nrequests_per_second = 0.5"), Cancel);
        using var api = new ApiClient(daemon);
        await api.Do("GET /v1/models", Cancel);

        await new ApiCase("refused", "GET /v1/models", 429,
            """{"error": {"message": "Rate limit exceeded", "type": "rate_limit_error", "param": null, "code": "rate_limit_exceeded"}}""").Run(api, Cancel);
    }

    [Fact]
    public async Task Clients_behind_a_trusted_proxy_have_budgets_of_their_own_and_nobody_can_pose_as_one()
    {
        Assert.SkipWhen(Daemons.IsBinary, "the clock of the binary cannot be moved");
        await using var model = FakeModel.Start();
        const string limit = "[rate_limit]\nrequests_per_second = 0.5";
        await using var trusting = await Daemons.Start(Setup(model, new ManualTime(), limit, "trusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]"), Cancel);
        await using var wary = await Daemons.Start(Setup(model, new ManualTime(), limit), Cancel);
        using var api = new ApiClient(trusting);
        using var direct = new ApiClient(wary);

        foreach (var (forwarded, status) in new[]
        {
            ("203.0.113.1", 200), ("203.0.113.1", 429), ("203.0.113.2", 200), ("198.51.100.1, 203.0.113.2", 429),
            ("203.0.113.3, 10.1.2.3", 200), ("203.0.113.3", 429),
        })
            await new ApiCase(forwarded, "GET /api/version", status) { Headers = new Dictionary<string, string> { ["X-Forwarded-For"] = forwarded } }.Run(api, Cancel);
        await new ApiCase("first", "GET /api/version", 200) { Headers = new Dictionary<string, string> { ["X-Forwarded-For"] = "203.0.113.1" } }.Run(direct, Cancel);
        await new ApiCase("second", "GET /api/version", 429) { Headers = new Dictionary<string, string> { ["X-Forwarded-For"] = "203.0.113.2" } }.Run(direct, Cancel);
    }

    private static DaemonSetup Setup(FakeModel model, ManualTime time, string limits, string config = "") => new()
    {
        ApiKey = Daemons.Key,
        Time = time,
        Config = $"{config}\n{Daemons.ModelSections(model)}\n{limits}",
    };
}

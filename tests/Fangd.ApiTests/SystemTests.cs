using System.Globalization;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>What the daemon says of itself, in each dialect.</summary>
public sealed class SystemTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Health_is_public_and_says_what_its_dialect_says()
    {
        using var openFang = new ApiClient(shared.Daemon.Listener(1));
        using var agentOs = new ApiClient(shared.Daemon.Listener(2));

        await new ApiCase("librefang", "GET /api/health", 200, """{"status": "ok", "uptime_seconds": "*", "panic_count": 0, "restart_count": 0}""").Run(shared.Stranger, Cancel);
        await new ApiCase("openfang", "GET /api/health", 200, """{"status": "healthy", "uptime_seconds": "*", "panic_count": 0, "restart_count": 0}""").Run(openFang, Cancel);
        var answer = await new ApiCase("agentos", "GET /api/health", 200,
            """{"status": "healthy", "uptime_seconds": "*", "panic_count": 0, "restart_count": 0, "version": "*", "workers": "*", "uptime": "*"}""").Run(agentOs, Cancel);
        Assert.Contains('.', answer.Json.GetProperty("uptime").GetRawText());
    }

    [Fact]
    public async Task Health_in_detail_has_the_database_and_the_warnings()
    {
        await new ApiCase("detail", "GET /api/health/detail", 200, """
            {"status": "ok", "uptime_seconds": "*", "panic_count": 0, "restart_count": 0, "agent_count": "*", "database": "connected", "database_bytes": "*",
             "active_runs": 0, "memory_bytes": "*", "interrupted_runs": 0, "config_warnings": [], "vault": {"state": "empty", "key_source": "key file"}, "providers": "*"}
            """).Run(shared.Api, Cancel);
    }

    [Fact]
    public async Task Status_lists_the_agents()
    {
        var name = shared.NewName();
        var id = await shared.Spawn("", name);

        var status = await new ApiCase("status", "GET /api/status", 200, $$"""
            {"status": "running", "version": "*", "agent_count": "*", "data_dir": "{{shared.Daemon.Home}}/data", "home_dir": "{{shared.Daemon.Home}}",
             "api_listen": "{{shared.Daemon.Address.Authority}}", "log_level": "info", "network_enabled": false, "default_provider": "openai",
             "default_model": "fake-model", "uptime_seconds": "*", "agents": "*"}
            """).Run(shared.Api, Cancel);

        var agents = status.Json.GetProperty("agents").EnumerateArray().ToList();
        Assert.Equal(status.Json.Number("agent_count"), agents.Count);
        JsonPattern.Matches(
            $$"""{"id": "{{id}}", "name": "{{name}}", "state": "Running", "mode": "Normal", "created_at": "20*", "model_provider": "openai", "model_name": "fake-model", "profile": null}""",
            agents.Single(agent => agent.Text("id") == id));
    }

    [Fact]
    public async Task Version_names_the_product_of_the_listener()
    {
        foreach (var (api, product) in new[] { (shared.Api, "librefang"), (shared.OpenFang, "openfang"), (shared.AgentOs, "agentos") })
        {
            await new ApiCase("version", "GET /api/version", 200, $$"""
                {"name": "{{product}}", "version": "*", "build_date": "*", "git_sha": "*", "rust_version": "", "platform": "linux", "arch": "*", "runtime": ".NET * NativeAOT"}
                """).Run(api, Cancel);
        }
    }

    [Fact]
    public async Task Config_tells_no_secret()
    {
        var answer = await new ApiCase("config", "GET /api/config", 200, $$"""
            {"home_dir": "{{shared.Daemon.Home}}", "data_dir": "{{shared.Daemon.Home}}/data", "default_provider": "openai", "default_model": "fake-model",
             "listen_addr": "{{shared.Daemon.Address.Authority}}", "log_level": "info", "api_key_set": true, "channels_configured": 0, "mcp_servers": 0}
            """).Run(shared.Api, Cancel);

        Assert.DoesNotContain(Daemons.Key, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Profiles_and_tools_are_listed()
    {
        var profiles = (await shared.Api.Do("GET /api/profiles", Cancel)).GetProperty("profiles").EnumerateArray().ToList();
        var tools = await shared.Api.Do("GET /api/tools", Cancel);

        Assert.Equal(["minimal", "coding", "research", "messaging", "automation", "full"], profiles.Select(profile => profile.Text("name")).Intersect(["minimal", "coding", "research", "messaging", "automation", "full"]));
        Assert.Equal(tools.Number("total"), tools.GetProperty("tools").GetArrayLength());
        Assert.Contains("file_read", tools.GetProperty("tools").EnumerateArray().Select(tool => tool.GetString()));
    }

    [Fact]
    public async Task Metrics_are_text_that_a_scraper_reads()
    {
        await shared.Api.Send("GET /api/agents/not-a-uuid", Cancel);

        foreach (var (api, product) in new[] { (shared.Api, "librefang"), (shared.OpenFang, "openfang"), (shared.AgentOs, "agentos") })
        {
            var answer = await api.Send("GET /api/metrics", Cancel);
            var samples = Samples(answer.Text);

            Assert.StartsWith("text/plain; version=0.0.4", answer.Headers["Content-Type"], StringComparison.Ordinal);
            Assert.True(samples[$"{product}_requests_total"] >= 1);
            Assert.Equal(samples["fangd_agents"], samples[$"{product}_agents_total"]);
            Assert.True(samples["fangd_http_errors_total{route=\"/api/agents/{id}\"}"] >= 1);
            Assert.Equal(
                samples["fangd_http_request_duration_seconds_count{route=\"/api/agents/{id}\"}"],
                samples["fangd_http_request_duration_seconds_bucket{route=\"/api/agents/{id}\",le=\"+Inf\"}"]);
            Assert.Equal(0, samples["fangd_panics_total"]);
        }
    }

    [Fact]
    public async Task The_log_is_followed_live_and_by_level()
    {
        await using var all = await shared.Stranger.Stream($"GET /api/logs/stream?token={Daemons.Key}", Cancel);
        await using var warnings = await shared.Api.Stream("GET /api/logs/stream?level=warn", Cancel);
        var agent = await shared.Spawn();

        await shared.Api.Send($"POST /api/agents/{agent}/message", Cancel, Requests.Message("<<fail 400>>"));

        var spawned = await Line(all, $"({agent})");
        JsonPattern.Matches("""{"timestamp": "20*", "level": "INFO", "target": "fangd::AgentLifecycle", "message": "Agent * spawned (*)."}""", spawned.Json);
        Assert.Equal("log", spawned.Type);
        Assert.Equal("WARN", (await Line(warnings, "failed")).Json.Text("level"));
        await new ApiCase("level", "GET /api/logs/stream?level=loud", 400, """{"error": "level must be one of TRACE, DEBUG, INFO, WARN, ERROR"}""").Run(shared.Api, Cancel);
    }

    [Fact]
    public async Task The_log_has_no_key_and_no_message()
    {
        await using var all = await shared.Stranger.Stream($"GET /api/logs/stream?token={Daemons.Key}", Cancel);
        var agent = await shared.Spawn();
        await shared.Say(agent, "a private sentence");
        await shared.Api.Do($"DELETE /api/agents/{agent}", Cancel);

        var seen = "";
        while (await all.Next(Cancel) is { } line)
        {
            seen += line.Data;
            if (line.Data.Contains("killed", StringComparison.Ordinal) && line.Data.Contains(agent, StringComparison.Ordinal))
                break;
        }

        Assert.DoesNotContain("private sentence", seen, StringComparison.Ordinal);
        Assert.DoesNotContain(Daemons.Key, seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deletes_are_empty_in_agentos_and_told_elsewhere()
    {
        var agent = await shared.Spawn();
        await shared.Api.Do($"PUT /api/memory/agents/{agent}/kv/k", Cancel, """{"value": 1}""");
        var session = (await shared.Api.Do($"POST /api/agents/{agent}/sessions", Cancel)).Text("session_id");

        foreach (var request in new[] { $"DELETE /api/memory/agents/{agent}/kv/k", $"DELETE /api/sessions/{session}", $"DELETE /api/agents/{agent}/history", "DELETE /api/providers/openai/key", $"DELETE /api/agents/{agent}" })
            Assert.Equal("", (await new ApiCase("delete", request, 204).Run(shared.AgentOs, Cancel)).Text);
        await new ApiCase("openfang", $"DELETE /api/agents/{await shared.Spawn()}", 200, """{"status": "killed", "agent_id": "*"}""").Run(shared.OpenFang, Cancel);
    }

    [Fact]
    public async Task A_shutdown_over_the_api_ends_the_daemon()
    {
        await using var model = FakeModel.Start();
        await using var daemon = await Daemons.Start(Daemons.With(model), Cancel);
        using var api = new ApiClient(daemon);

        await new ApiCase("shutdown", "POST /api/shutdown", 200, """{"status": "shutting_down"}""").Run(api, Cancel);

        await daemon.WaitForEnd(Cancel);
        await daemon.Restart(Cancel);
    }

    [Fact]
    public async Task A_file_of_the_page_is_sent_once()
    {
        var first = await shared.Stranger.Send("GET /", Cancel);

        var second = await shared.Stranger.Send("GET /", Cancel, null, new Dictionary<string, string> { ["If-None-Match"] = first.Headers["ETag"] });

        Assert.StartsWith("text/html", first.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Equal((304, ""), ((int)second.Status, second.Text));
    }

    private static async Task<SseEvent> Line(SseConnection log, string text)
    {
        while (true)
        {
            var line = await log.Next(Cancel);
            Assert.NotNull(line);
            if (line.Data.Contains(text, StringComparison.Ordinal))
                return line;
        }
    }

    /// <summary>Reads the exposition format strictly: a line is a comment or a name, labels and one number.</summary>
    private static Dictionary<string, double> Samples(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var samples = new Dictionary<string, double>(StringComparer.Ordinal);
        var typed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
                Assert.True(typed.Add(line.Split(' ')[2]), $"{line} comes twice");
            if (line.StartsWith('#'))
                continue;
            var space = line.LastIndexOf(' ');
            samples.Add(line[..space], double.Parse(line[(space + 1)..], CultureInfo.InvariantCulture));
        }

        return samples;
    }
}

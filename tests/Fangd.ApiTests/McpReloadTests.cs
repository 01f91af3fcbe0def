using System.Collections.Concurrent;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>The servers of the configuration file while the daemon runs.</summary>
public sealed class McpReloadTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST /api/mcp/reload")]
    [InlineData("POST /api/config/reload")]
    public async Task New_servers_connect_changed_ones_anew_and_removed_ones_close(string route)
    {
        var hellos = new ConcurrentDictionary<string, int>();
        await using var bench = await McpBench.Start();
        await using var server = new StandInMcp(async exchange =>
        {
            if (exchange.Method == "initialize")
                hellos.AddOrUpdate(exchange.Header("X-Name")!, 1, (_, count) => count + 1);
            if (!await exchange.Usual())
                await exchange.Status(405);
        });
        await bench.Add("added", server, more: """, "headers": {"X-Name": "added"}""");
        await Reload(bench, server, ("kept", ""), ("changed", ""), ("gone", ""));
        var outcome = await Reload(bench, server, ("kept", ""), ("changed", "timeout_secs = 5"), ("fresh", ""));

        Assert.Equal(["added", "changed", "fresh", "kept"], await Connected(bench));
        Assert.Equal("added 1, changed 2, fresh 1, gone 1, kept 1", string.Join(", ", hellos.OrderBy(hello => hello.Key).Select(hello => $"{hello.Key} {hello.Value}")));
        if (route.Contains("mcp", StringComparison.Ordinal))
            Assert.Equal(2, outcome.Number("new_connections"));
        else
            Assert.Equal("""["ReloadMcpServers"]""", outcome.GetProperty("hot_actions_applied").GetRawText());
        await new ApiCase("once more", "POST /api/mcp/reload", 200, """{"status": "reloaded", "new_connections": 0}""").Run(bench.Api, Cancel);

        async Task<JsonElement> Reload(McpBench bench, StandInMcp server, params (string Name, string More)[] servers)
        {
            var tables = servers.Select(one => $$"""

                [[mcp_servers]]
                name = "{{one.Name}}"
                transport = "http"
                url = "{{server.Url}}"
                headers = ["X-Name: {{one.Name}}"]
                {{one.More}}
                """);
            await bench.Configure(string.Concat(tables));
            var answer = await bench.Api.Do(route, Cancel);
            // The configuration is in force when it is told; connections are waited for by the one that is about them.
            while ((await Connected(bench)).Count < servers.Length + 1)
                await Task.Yield();
            return answer;
        }
    }

    [Fact]
    public async Task A_file_with_faults_changes_nothing_and_the_fault_is_named()
    {
        await using var bench = await McpBench.Start();
        await using var server = new StandInMcp(exchange => exchange.Usual());
        await bench.Add("added", server);
        await bench.Configure("\n[[mcp_servers]]\nname = \"a\"\ncommand = \"sh\"\n[[mcp_servers]]\nname = \"a\"\ncommand = \"sh\"\n");

        await new ApiCase(
            "twice",
            "POST /api/mcp/reload",
            400,
            """{"error": "config.toml has faults: line *: mcp_servers[1].name: mcp_servers[0].name on line * has the name 'a' already"}""").Run(bench.Api, Cancel);
        Assert.Equal(["added"], await Connected(bench));
    }

    [Fact]
    public async Task A_configured_server_takes_the_place_of_an_added_one_and_gives_it_back()
    {
        await using var bench = await McpBench.Start();
        await using var server = new StandInMcp(exchange => exchange.Usual());
        await bench.Add("s", server);
        await bench.Configure($"\n[[mcp_servers]]\nname = \"s\"\ntransport = \"sse\"\nurl = \"{server.Url}\"\n");

        await bench.Api.Do("POST /api/mcp/reload", Cancel);
        Assert.Equal("sse", (await bench.Api.Do("GET /api/mcp/servers/s", Cancel)).Text("transport"));
        await new ApiCase("configured", "DELETE /api/mcp/servers/s", 409).Run(bench.Api, Cancel);

        await bench.Configure("");
        await bench.Api.Do("POST /api/mcp/reload", Cancel);
        Assert.Equal("http", (await bench.Api.Do("GET /api/mcp/servers/s", Cancel)).Text("transport"));
    }

    private static async Task<List<string>> Connected(McpBench bench) =>
        [.. (await bench.Api.Do("GET /api/mcp/servers", Cancel)).GetProperty("servers").EnumerateArray().Where(one => one.GetProperty("connected").GetBoolean()).Select(one => one.Text("name"))];
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.EndToEnd;

/// <summary>Public MCP servers as agents of the published binary use them.</summary>
public sealed class McpServersTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task An_agent_uses_the_reference_servers()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        await Add(daemon, "everything", "server-everything", "\"stdio\"");
        await Add(daemon, "files", "server-filesystem", FakeJson.Quote(daemon.Process.Home));
        var agent = await User(daemon);

        Assert.Contains("Echo: hello", await Say(daemon, agent, """<<call mcp_everything_echo {"message": "hello"}>>"""));
        Assert.Contains("The sum of 2 and 3 is 5", await Say(daemon, agent, """<<call mcp_everything_get_sum {"a": 2, "b": 3}>>"""));
        Assert.Contains("[image image/png, ", await Say(daemon, agent, "<<call mcp_everything_get_tiny_image {}>>"));
        Assert.Contains("config.toml", await Say(daemon, agent, $$"""<<call mcp_files_list_directory {"path": {{FakeJson.Quote(daemon.Process.Home)}}}>>"""));
        Assert.Contains("denied", await Say(daemon, agent, """<<call mcp_files_read_text_file {"path": "/etc/passwd"}>>"""));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("streamableHttp", "http", "/mcp")]
    [InlineData("sse", "sse", "/sse")]
    [InlineData("sse", "http", "/sse")]
    public async Task An_agent_uses_all_of_a_reference_server_over_http(string mode, string transport, string path)
    {
        await using var daemon = await DaemonWithModel.Start(Cancel, "[security]\nallow_loopback_targets = true\n");
        var port = Ports.Free();
        using var server = Process.Start(new ProcessStartInfo("node", [Script("server-everything"), mode])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["PORT"] = port.ToString(CultureInfo.InvariantCulture) },
        })!;
        try
        {
            while (await server.StandardError.ReadLineAsync(Cancel) is { } line && !line.Contains($"port {port}", StringComparison.Ordinal))
            {
                // Until it listens.
            }

            await daemon.Api.Do(
                "POST /api/mcp/servers",
                Cancel,
                $$"""{"name": "all", "transport": "{{transport}}", "url": "http://127.0.0.1:{{port}}{{path}}", "sampling": true, "accept_defaults": true}""");
            await daemon.Api.Do("POST /api/mcp/servers/all/reconnect", Cancel);
            var agent = await User(daemon);

            Assert.Contains("Echo: hello", await Say(daemon, agent, """<<call mcp_all_echo {"message": "hello"}>>"""));
            Assert.Contains("Duration: 0.4 seconds, Steps: 2", await Say(daemon, agent, """<<call mcp_all_trigger_long_running_operation {"duration": 0.4, "steps": 2}>>"""));
            Assert.Contains("echo: Resource trigger-sampling-request context: Ping", await Say(daemon, agent, """<<call mcp_all_trigger_sampling_request {"prompt": "Ping"}>>"""));
            Assert.Contains("demo://resource/", await Say(daemon, agent, "<<call mcp_all_list_resources {}>>"));
            Assert.Contains("simple-prompt", await Say(daemon, agent, "<<call mcp_all_get_prompt {}>>"));
            Assert.Contains("user: ", await Say(daemon, agent, """<<call mcp_all_get_prompt {"name": "simple-prompt"}>>"""));
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }
    }

    private static async Task<string> User(DaemonWithModel daemon) => (await daemon.Api.Do(
        "POST /api/agents", Cancel, $$"""{"manifest_toml": {{FakeJson.Quote("name = \"user\"\n[capabilities]\ntools = [\"mcp_*\"]")}}}""")).GetProperty("agent_id").GetString()!;

    private static async Task<string> Say(DaemonWithModel daemon, string agent, string message) =>
        (await daemon.Api.Do($"POST /api/agents/{agent}/message", Cancel, DaemonWithModel.Message(message))).GetProperty("response").GetString()!;

    private static string Script(string package) =>
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../npm/node_modules/@modelcontextprotocol", package, "dist/index.js"));

    private static async Task Add(DaemonWithModel daemon, string name, string package, string argument)
    {
        await daemon.Api.Do(
            "POST /api/mcp/servers",
            Cancel,
            $$"""{"name": "{{name}}", "transport": "stdio", "command": "node", "args": [{{FakeJson.Quote(Script(package))}}, {{argument}}]}""");
        var connected = await daemon.Api.Do($"POST /api/mcp/servers/{name}/reconnect", Cancel);
        Assert.Equal(JsonValueKind.Number, connected.GetProperty("tool_count").ValueKind);
    }
}

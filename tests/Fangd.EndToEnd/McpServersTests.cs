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
        var agent = (await daemon.Api.Do(
            "POST /api/agents", Cancel, $$"""{"manifest_toml": {{FakeJson.Quote("name = \"user\"\n[capabilities]\ntools = [\"mcp_*\"]")}}}""")).GetProperty("agent_id").GetString()!;

        Assert.Contains("Echo: hello", await Say("""<<call mcp_everything_echo {"message": "hello"}>>"""));
        Assert.Contains("The sum of 2 and 3 is 5", await Say("""<<call mcp_everything_get_sum {"a": 2, "b": 3}>>"""));
        Assert.Contains("[image image/png, ", await Say("<<call mcp_everything_get_tiny_image {}>>"));
        Assert.Contains("config.toml", await Say($$"""<<call mcp_files_list_directory {"path": {{FakeJson.Quote(daemon.Process.Home)}}}>>"""));
        Assert.Contains("denied", await Say("""<<call mcp_files_read_text_file {"path": "/etc/passwd"}>>"""));

        async Task<string> Say(string message) =>
            (await daemon.Api.Do($"POST /api/agents/{agent}/message", Cancel, DaemonWithModel.Message(message))).GetProperty("response").GetString()!;
    }

    private static async Task Add(DaemonWithModel daemon, string name, string package, string argument)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "../../../npm/node_modules/@modelcontextprotocol", package, "dist/index.js");
        await daemon.Api.Do(
            "POST /api/mcp/servers",
            Cancel,
            $$"""{"name": "{{name}}", "transport": "stdio", "command": "node", "args": [{{FakeJson.Quote(Path.GetFullPath(script))}}, {{argument}}]}""");
        var connected = await daemon.Api.Do($"POST /api/mcp/servers/{name}/reconnect", Cancel);
        Assert.Equal(JsonValueKind.Number, connected.GetProperty("tool_count").ValueKind);
    }
}

using Fangd.Server.Config;
using Fangd.Server.Mcp;

namespace Fangd.UnitTests.Mcp;

public sealed class McpSettingsTests
{
    [Fact]
    public void Both_forms_of_a_server_in_the_configuration_are_read()
    {
        var load = Load("""
            [[mcp_servers]]
            name = "files"
            timeout_secs = 30
            env = ["TOKEN"]
            [mcp_servers.transport]
            type = "stdio"
            command = "npx"
            args = ["-y", "x"]
            [[mcp_servers]]
            name = "far"
            transport = "http"
            url = "https://mcp.example/mcp"
            headers = ["X-Key: ${KEY}"]
            """);

        Assert.Empty(load.Problems.Faults);
        var (files, far) = (load.Config!.McpServers[0], load.Config.McpServers[1]);
        Assert.Equal(("files", McpTransportKind.Stdio, "npx", 30, true), (files.Name, files.Transport, files.Command, files.TimeoutSecs, files.IsConfigured));
        Assert.Equal(["-y", "x"], files.Args);
        Assert.Equal(["TOKEN"], files.Env);
        Assert.Equal((McpTransportKind.Http, "https://mcp.example/mcp"), (far.Transport, far.Url));
        Assert.Equal(["X-Key: ${KEY}"], far.Headers);
    }

    [Theory]
    [InlineData("transport = \"stdio\"\ncommand = \"x\"", "mcp_servers[0].name")]
    [InlineData("name = \"a\"", "mcp_servers[0].command")]
    [InlineData("name = \"a\"\ntransport = \"http\"", "mcp_servers[0].url")]
    [InlineData("name = \"a\"\ncommand = \"x\"\ntimeout_sec = 5", "mcp_servers[0].timeout_sec")]
    public void What_is_missing_or_unknown_is_named(string server, string key) =>
        Assert.Contains(Load($"[[mcp_servers]]\n{server}").Problems.Faults, problem => problem.KeyPath == key);

    [Fact]
    public void Two_servers_of_one_name_are_told_of_by_both_places()
    {
        var fault = Assert.Single(Load("[[mcp_servers]]\nname = \"a\"\ncommand = \"x\"\n[[mcp_servers]]\nname = \"b\"\ncommand = \"x\"\n[[mcp_servers]]\nname = \"a\"\ncommand = \"y\"").Problems.Faults);

        Assert.Equal(("mcp_servers[2].name", 8, "mcp_servers[0].name on line 2 has the name 'a' already"), (fault.KeyPath, fault.Line, fault.Message));
    }

    private static ConfigLoad Load(string toml) =>
        ConfigFile.Parse(System.Text.Encoding.UTF8.GetBytes(toml), "/nowhere/config.toml", "/nowhere", _ => null, new Problems());
}

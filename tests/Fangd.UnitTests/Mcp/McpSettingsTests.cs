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

    [Fact]
    public void How_a_server_is_authorized_stands_below_it()
    {
        var load = Load("""
            [oauth]
            github_client_id = "Iv1.abc"
            client_metadata_url = "https://pi.example/fangd.json"
            [[mcp_servers]]
            name = "notes"
            transport = "http"
            url = "https://mcp.example/mcp"
            [mcp_servers.oauth]
            client_id = "fangd"
            client_secret_env = "NOTES_SECRET"
            issuer = "https://auth.example"
            scopes = ["read", "write"]
            """);

        Assert.Empty(load.Problems.Faults);
        Assert.Equal(
            """{"client_id":"fangd","client_secret_env":"NOTES_SECRET","issuer":"https://auth.example","scopes":"read write","is_for_client":false}""",
            load.Config!.McpServers[0].OAuth!.ToString());
        Assert.Equal(("Iv1.abc", null, null), (load.Config.OAuth.IdAt("https://github.com/login/oauth"), load.Config.OAuth.IdAt("https://github.com.evil.example"), load.Config.OAuth.IdAt("http://github.com")));
    }

    [Theory]
    [InlineData("name = \"a\"\ntransport = \"http\"\nurl = \"https://x\"\n[mcp_servers.oauth]\nclient_secret = \"x\"", "mcp_servers[0].oauth.client_secret")]
    [InlineData("name = \"a\"\ntransport = \"http\"\nurl = \"https://x\"\n[mcp_servers.oauth]\nclient_id = \"x\"\nclient_secret_env = \"X\"", "mcp_servers[0].oauth.issuer")]
    [InlineData("name = \"a\"\ntransport = \"http\"\nurl = \"https://x\"\n[mcp_servers.oauth]\nauth_url = \"https://y\"", "mcp_servers[0].oauth.token_url")]
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

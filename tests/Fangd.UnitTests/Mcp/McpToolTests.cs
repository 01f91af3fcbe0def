using Fangd.Server.Mcp;

namespace Fangd.UnitTests.Mcp;

public sealed class McpToolTests
{
    [Theory]
    [InlineData("filesystem", "read_file", "mcp_filesystem_read_file")]
    [InlineData("My-Server", "get.Thing", "mcp_my_server_get_thing")]
    [InlineData("größe", "x", "mcp_gr__e_x")]
    public void The_name_is_made_of_the_server_and_the_tool(string server, string tool, string name) =>
        Assert.Equal(name, McpTool.NameFor(server, tool, _ => false));

    [Fact]
    public void A_name_that_is_too_long_is_cut_and_stays_its_own()
    {
        var (one, two) = (McpTool.NameFor("server", new string('a', 80) + "1", _ => false), McpTool.NameFor("server", new string('a', 80) + "2", _ => false));

        Assert.Equal(64, one.Length);
        Assert.Equal(64, two.Length);
        Assert.NotEqual(one, two);
    }

    [Fact]
    public void A_name_that_is_taken_gets_a_piece_of_its_hash()
    {
        var name = McpTool.NameFor("a", "get-x", taken => taken == "mcp_a_get_x");

        Assert.StartsWith("mcp_a_get_x_", name);
        Assert.Equal("mcp_a_get_x_".Length + 8, name.Length);
    }
}

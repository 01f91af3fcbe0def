using Fangd.Protocols.OAuth;

namespace Fangd.UnitTests.OAuth;

public sealed class ResourceIdTests
{
    [Theory]
    [InlineData("https://MCP.example.com/Mcp#part", "https://mcp.example.com/Mcp")]
    [InlineData("https://mcp.example.com/", "https://mcp.example.com")]
    [InlineData("https://mcp.example.com:8443", "https://mcp.example.com:8443")]
    [InlineData("https://mcp.example.com/a/?tenant=1", "https://mcp.example.com/a/?tenant=1")]
    public void An_address_has_one_name(string url, string name) => Assert.Equal(name, ResourceId.Of(new Uri(url)));

    [Theory]
    [InlineData("https://a.example/mcp", true)]
    [InlineData("https://a.example", true)]
    [InlineData("https://A.example/", true)]
    [InlineData("https://a.example/mcp/", true)]
    [InlineData("https://a.example/mc", false)]
    [InlineData("https://a.example/mcp/more", false)]
    [InlineData("https://a.example/MCP", false)]
    [InlineData("http://a.example/mcp", false)]
    [InlineData("https://a.example:444/mcp", false)]
    [InlineData("https://b.example/mcp", false)]
    [InlineData("https://a.example.evil.example/mcp", false)]
    [InlineData("https://a.example/mcp#x", false)]
    [InlineData("/mcp", false)]
    public void A_resource_stands_for_its_own_address_and_what_is_below_it(string resource, bool isIt) =>
        Assert.Equal(isIt, ResourceId.Covers(resource, new Uri("https://a.example/mcp")));
}

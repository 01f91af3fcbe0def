using Fangd.Server.Mcp.Catalog;

namespace Fangd.UnitTests.Mcp;

public sealed class McpCatalogTests
{
    [Fact]
    public void Every_line_of_the_catalog_is_read()
    {
        var all = new McpCatalog().All;

        Assert.Equal(25, all.Count);
        Assert.Equal(all.Count, all.Select(template => template.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.All(all, template => Assert.All(template.Variables, variable => Assert.Matches("^[A-Z][A-Z0-9_]*$", variable.Name)));
    }

    [Fact]
    public void What_is_to_be_done_is_told()
    {
        var gitlab = new McpCatalog().Find("gitlab")!;

        Assert.StartsWith("Needs Node.js for npx. Set GITLAB_PERSONAL_ACCESS_TOKEN (", gitlab.Setup);
        Assert.Null(new McpCatalog().Find("nothing"));
    }
}

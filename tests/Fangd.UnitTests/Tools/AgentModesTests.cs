using Fangd.Engine.Tools;

namespace Fangd.UnitTests.Tools;

public sealed class AgentModesTests
{
    [Theory]
    [InlineData("Stable", ToolAccess.All)]
    [InlineData("Normal", ToolAccess.All)]
    [InlineData("Auto", ToolAccess.All)]
    [InlineData("FULL", ToolAccess.All)]
    [InlineData("assist", ToolAccess.ReadOnly)]
    [InlineData("Observe", ToolAccess.None)]
    public void Modes_are_known_in_any_case(string mode, ToolAccess access)
    {
        Assert.True(AgentModes.TryParse(mode, out var parsed));
        Assert.Equal(access, parsed);
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("")]
    [InlineData(" normal")]
    [InlineData(null)]
    public void Anything_else_is_no_mode(string? mode)
    {
        Assert.False(AgentModes.TryParse(mode, out var access));
        Assert.Equal(ToolAccess.None, access);
    }

    [Fact]
    public void Every_listed_name_is_a_mode() => Assert.All(AgentModes.Names, name => Assert.True(AgentModes.TryParse(name, out _)));

    [Fact]
    public void The_default_is_a_mode_with_all_tools()
    {
        Assert.True(AgentModes.TryParse(AgentModes.Default, out var access));
        Assert.Equal(ToolAccess.All, access);
    }
}

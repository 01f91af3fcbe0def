using Fangd.Engine.Tools;

namespace Fangd.UnitTests.Tools;

public sealed class ToolProfilesTests
{
    [Fact]
    public void Every_profile_says_what_it_is()
    {
        Assert.All(ToolProfiles.All, profile =>
        {
            Assert.Matches("^[a-z]+$", profile.Name);
            Assert.Contains(profile.Tier, new[] { "fast", "balanced", "smart", "frontier" });
            Assert.True(profile.Description.Length > 10, profile.Name);
        });
        Assert.Equal(ToolProfiles.All.Count, ToolProfiles.All.Select(profile => profile.Name).Distinct().Count());
    }

    [Theory]
    [InlineData("minimal")]
    [InlineData("coding")]
    [InlineData("research")]
    [InlineData("messaging")]
    [InlineData("automation")]
    [InlineData("full")]
    [InlineData("custom")]
    public void The_documented_bundles_are_there(string name) => Assert.Equal(name, ToolProfiles.Find(name.ToUpperInvariant())?.Name);

    [Theory]
    [InlineData("coder", "smart")]
    [InlineData("researcher", "frontier")]
    public void The_documented_personas_have_their_tier(string name, string tier) => Assert.Equal(tier, ToolProfiles.Find(name)?.Tier);

    [Fact]
    public void An_unknown_profile_is_none() => Assert.Null(ToolProfiles.Find("godmode"));
}

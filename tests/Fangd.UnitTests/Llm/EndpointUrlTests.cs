using Fangd.Protocols.Llm;

namespace Fangd.UnitTests.Llm;

public sealed class EndpointUrlTests
{
    [Theory]
    [InlineData("http://localhost:11434", "http://localhost:11434/v1/chat/completions")]
    [InlineData("http://localhost:11434/", "http://localhost:11434/v1/chat/completions")]
    [InlineData(" http://localhost:11434/v1/ ", "http://localhost:11434/v1/chat/completions")]
    [InlineData("https://api.groq.com/openai", "https://api.groq.com/openai/v1/chat/completions")]
    [InlineData("https://api.groq.com/openai/v1", "https://api.groq.com/openai/v1/chat/completions")]
    [InlineData("https://g.example/v1beta/openai", "https://g.example/v1beta/openai/chat/completions")]
    [InlineData("https://g.example/v1beta/openai/", "https://g.example/v1beta/openai/chat/completions")]
    [InlineData("https://z.example/api/paas/v4", "https://z.example/api/paas/v4/chat/completions")]
    [InlineData("https://z.example/v1/chat/completions", "https://z.example/v1/chat/completions")]
    [InlineData("https://z.example/vault", "https://z.example/vault/v1/chat/completions")]
    [InlineData("https://z.example/v1?api-version=2", "https://z.example/v1/chat/completions?api-version=2")]
    [InlineData("http://[::1]:8080", "http://[::1]:8080/v1/chat/completions")]
    public void A_version_is_added_only_where_there_is_none(string baseUrl, string expected) =>
        Assert.Equal(expected, EndpointUrl.For(baseUrl, "chat/completions").AbsoluteUri);

    [Theory]
    [InlineData("")]
    [InlineData("localhost:11434")]
    [InlineData("ftp://x/v1")]
    [InlineData("/v1")]
    public void What_is_no_url_is_refused(string baseUrl) => Assert.Throws<FormatException>(() => EndpointUrl.For(baseUrl, "models"));
}

using Fangd.Protocols.OAuth;

namespace Fangd.UnitTests.OAuth;

public sealed class AuthorizationRequestTests
{
    [Fact]
    public void The_challenge_is_that_of_rfc_7636() =>
        Assert.Equal("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Pkce.Challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));

    [Fact]
    public void Secrets_have_256_bits_and_are_new_each_time()
    {
        var (one, other) = (Pkce.NewSecret(), Pkce.NewSecret());

        Assert.Equal((43, 43), (one.Length, other.Length));
        Assert.NotEqual(one, other);
    }

    [Fact]
    public void The_address_has_what_the_protocol_asks_for()
    {
        var request = Request(new Uri("https://auth.example/authorize?tenant=1"));

        Assert.Equal(
            "https://auth.example/authorize?tenant=1&response_type=code&client_id=c%20d&redirect_uri=http%3A%2F%2F127.0.0.1%3A4545%2Fcb" +
            $"&code_challenge={Pkce.Challenge(request.Verifier)}&code_challenge_method=S256&state={request.State}&resource=https%3A%2F%2Fmcp.example%2Fmcp&scope=a%20b",
            request.Url());
    }

    [Theory]
    [InlineData(true, "https://auth.example", true)]
    [InlineData(true, null, false)]
    [InlineData(true, "https://auth.example/", false)]
    [InlineData(true, "https://AUTH.example", false)]
    [InlineData(false, "https://auth.example", true)]
    [InlineData(false, null, true)]
    [InlineData(false, "https://evil.example", false)]
    public void Who_answers_is_compared_letter_by_letter(bool namesItself, string? issuer, bool isTaken)
    {
        var request = Request(new Uri("https://auth.example/authorize"), namesItself);
        string? Answer(string name) => name switch { "iss" => issuer, "code" => "the-code", _ => null };

        if (isTaken)
            Assert.Equal("the-code", request.CodeOf(Answer));
        else
            Assert.Contains("does not come from https://auth.example", Assert.Throws<OAuthException>(() => request.CodeOf(Answer)).Message);
    }

    [Fact]
    public void An_error_is_told_only_when_it_comes_from_who_was_asked()
    {
        var request = Request(new Uri("https://auth.example/authorize"), namesItself: true);
        Func<string, string?> From(string issuer) => name => name switch { "iss" => issuer, "error" => "access_denied", "error_description" => "not\nyou", _ => null };

        Assert.Equal("auth.example refused: access_denied, not you", Assert.Throws<OAuthException>(() => request.CodeOf(From("https://auth.example"))).Message);
        Assert.DoesNotContain("denied", Assert.Throws<OAuthException>(() => request.CodeOf(From("https://evil.example"))).Message);
    }

    [Fact]
    public void Scopes_are_joined_without_doubles()
    {
        Assert.Equal("a b c", Scopes.Union("a  b a", "c b"));
        Assert.Null(Scopes.Union(null, " "));
    }

    private static AuthorizationRequest Request(Uri endpoint, bool namesItself = false) => new()
    {
        Offer = new OAuthOffer(
            "https://mcp.example/mcp",
            new AuthorizationServer
            {
                Issuer = "https://auth.example",
                AuthorizationEndpoint = endpoint,
                TokenEndpoint = new Uri("https://auth.example/token"),
                KnowsS256 = true,
                NamesItself = namesItself,
            },
            null),
        Client = new OAuthClient("c d", null, OAuthMethods.None),
        RedirectUri = "http://127.0.0.1:4545/cb",
        Scope = "a b",
    };
}

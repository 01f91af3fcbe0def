using Fangd.Protocols.OAuth;

namespace Fangd.UnitTests.OAuth;

public sealed class BearerChallengeTests
{
    [Theory]
    [InlineData("Bearer resource_metadata=\"https://a/x\", scope=\"r w\", error=\"invalid_token\"", "https://a/x", "r w", "invalid_token")]
    [InlineData("bearer Scope = r ,ERROR=insufficient_scope", null, "r", "insufficient_scope")]
    [InlineData("Bearer", null, null, null)]
    [InlineData("Basic realm=\"a, Bearer scope=b\", Bearer scope=\"c\"", null, "c", null)]
    [InlineData("Negotiate YWJj==, Bearer scope=c", null, "c", null)]
    [InlineData("Bearer scope=a, DPoP scope=\"b\"", null, "a", null)]
    [InlineData("Bearer realm=\"say \\\"hi\\\", ok\", scope=\"x\\y\"", null, "xy", null)]
    [InlineData(",, Bearer ,scope=a,", null, "a", null)]
    [InlineData("Bearer scope=\"open", null, null, null)]
    public void A_challenge_is_read(string header, string? metadata, string? scope, string? error)
    {
        var challenge = BearerChallenge.Find([header]);

        Assert.NotNull(challenge);
        Assert.Equal((metadata, scope, error), (challenge.ResourceMetadata, challenge.Scope, challenge.Error));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Basic realm=\"Bearer\"")]
    [InlineData("====,,,\"\"")]
    [InlineData("BearerToken scope=a")]
    public void What_challenges_for_no_bearer_token_is_none(string header) => Assert.Null(BearerChallenge.Find([header]));

    [Fact]
    public void The_first_of_several_headers_that_has_one_counts() =>
        Assert.Equal("a", BearerChallenge.Find(["Basic realm=x", "Bearer scope=a", "Bearer scope=b"])?.Scope);

    [Fact]
    public void Every_beginning_of_a_challenge_can_be_read()
    {
        const string Whole = "Negotiate a==, Bearer resource_metadata=\"https://a/\\\"x\", scope = \"r w\", error=no";
        for (var length = 0; length <= Whole.Length; length++)
            _ = BearerChallenge.Find([Whole[..length]]);
        Assert.Equal("r w", BearerChallenge.Find([Whole])?.Scope);
    }
}

using Fangd.Protocols.OAuth;

namespace Fangd.UnitTests.OAuth;

public sealed class OAuthDiscoveryTests
{
    private const string Metadata = "https://mcp.example/.well-known/oauth-protected-resource";

    private static readonly Uri _url = new("https://mcp.example/a/mcp");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metadata_are_looked_for_where_the_refusal_says_then_at_the_path_then_at_the_root()
    {
        var http = new FakeOAuthHttp([]);

        Assert.Null(await new OAuthDiscovery(http).Find(_url, BearerChallenge.Find(["Bearer resource_metadata=\"https://mcp.example/here\""]), null, Cancel));

        Assert.Equal(
            [
                "https://mcp.example/here",
                Metadata + "/a/mcp",
                Metadata,
                // As in 2025-03-26.
                "https://mcp.example/.well-known/oauth-authorization-server",
                "https://mcp.example/.well-known/openid-configuration",
            ],
            http.Asked);
    }

    [Fact]
    public async Task An_issuer_with_a_path_is_looked_for_in_three_places()
    {
        var http = new FakeOAuthHttp(new()
        {
            [Metadata] = Resource("https://mcp.example", "https://auth.example/tenant1"),
            ["https://auth.example/tenant1/.well-known/openid-configuration"] = Server("https://auth.example/tenant1"),
        });

        var offer = await new OAuthDiscovery(http).Find(_url, null, null, Cancel);

        Assert.Equal(("https://mcp.example", "https://auth.example/tenant1", "a b"), (offer!.Resource, offer.Server.Issuer, offer.Scopes));
        Assert.Equal(
            [
                "https://auth.example/.well-known/oauth-authorization-server/tenant1",
                "https://auth.example/.well-known/openid-configuration/tenant1",
                "https://auth.example/tenant1/.well-known/openid-configuration",
            ],
            http.Asked[2..]);
    }

    [Fact]
    public async Task A_server_without_metadata_of_the_resource_may_be_its_own_authorization_server()
    {
        var http = new FakeOAuthHttp(new() { ["https://mcp.example/.well-known/oauth-authorization-server"] = Server("https://mcp.example") });

        var offer = await new OAuthDiscovery(http).Find(_url, null, null, Cancel);

        Assert.Equal(("https://mcp.example/a/mcp", "https://mcp.example", true), (offer!.Resource, offer.Server.Issuer, offer.Server.KnowsS256));
    }

    [Theory]
    [InlineData("https://other.example/mcp", "https://auth.example", "https://auth.example", null, "are those of another resource")]
    [InlineData("https://mcp.example", "https://auth.example", "https://auth.example/", null, "metadata of another one, https://auth.example/")]
    [InlineData("https://mcp.example", "https://auth.example", "https://auth.example", "https://mine.example", "and not https://mine.example as configured")]
    [InlineData("https://mcp.example", "http://auth.example", "http://auth.example", null, "must begin with https://")]
    [InlineData("https://mcp.example", "file:///etc/passwd", "", null, "is no web address")]
    [InlineData("https://mcp.example", "https://silent.example", "", null, "publishes no metadata")]
    public async Task What_contradicts_itself_is_refused(string resource, string issuer, string claims, string? wanted, string told)
    {
        var http = new FakeOAuthHttp(new()
        {
            [Metadata] = Resource(resource, issuer),
            [$"{issuer}/.well-known/oauth-authorization-server"] = Server(claims),
        });

        var refused = await Assert.ThrowsAsync<OAuthException>(() => new OAuthDiscovery(http).Find(_url, null, wanted, Cancel));

        Assert.Contains(told, refused.Message);
    }

    [Theory]
    [InlineData("""{"resource": "https://mcp.example"}""", "name no authorization server")]
    [InlineData("""{"resource": "https://mcp.example", "authorization_servers": []}""", "name no authorization server")]
    [InlineData("""{"resource": "https://mcp.example", "authorization_servers": [1, null]}""", "name no authorization server")]
    public async Task Metadata_without_an_authorization_server_are_of_no_use(string document, string told)
    {
        var refused = await Assert.ThrowsAsync<OAuthException>(
            () => new OAuthDiscovery(new FakeOAuthHttp(new() { [Metadata] = document })).Find(_url, null, null, Cancel));

        Assert.Contains(told, refused.Message);
    }

    [Fact]
    public async Task A_server_that_has_troubles_is_not_one_without_metadata()
    {
        var http = new FakeOAuthHttp(new() { [Metadata + "/a/mcp"] = "{}" }) { Status = 503 };

        await Assert.ThrowsAsync<OAuthException>(() => new OAuthDiscovery(http).Find(_url, null, null, Cancel));
    }

    private static string Resource(string name, string issuer) =>
        $$"""{"resource": "{{name}}", "authorization_servers": ["{{issuer}}"], "scopes_supported": ["a", "b", "a"]}""";

    private static string Server(string issuer) => $$"""
        {"issuer": "{{issuer}}", "authorization_endpoint": "https://auth.example/authorize", "token_endpoint": "https://auth.example/token", "code_challenge_methods_supported": ["S256"]}
        """;
}

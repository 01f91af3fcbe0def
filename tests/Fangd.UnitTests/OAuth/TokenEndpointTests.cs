using System.Text;
using Fangd.Protocols.OAuth;

namespace Fangd.UnitTests.OAuth;

public sealed class TokenEndpointTests
{
    private const string Endpoint = "https://auth.example/token";
    private const string Token = """{"access_token": "t", "token_type": "bearer", "expires_in": 60}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(OAuthMethods.None, "grant_type=refresh_token&refresh_token=r&resource=https%3A%2F%2Fmcp.example&client_id=i%3Ad", null)]
    [InlineData(OAuthMethods.Post, "grant_type=refresh_token&refresh_token=r&resource=https%3A%2F%2Fmcp.example&client_id=i%3Ad&client_secret=s+%25", null)]
    [InlineData(OAuthMethods.Basic, "grant_type=refresh_token&refresh_token=r&resource=https%3A%2F%2Fmcp.example", "i%3Ad:s+%25")]
    public async Task A_client_proves_itself_in_the_way_that_the_server_takes(string method, string body, string? basic)
    {
        var http = new FakeOAuthHttp(new() { [Endpoint] = Token });

        await new TokenEndpoint(http, new Uri(Endpoint), new OAuthClient("i:d", method == OAuthMethods.None ? null : "s %", method), "https://mcp.example").Refresh("r", Cancel);

        Assert.Equal(body, http.LastBody);
        Assert.Equal(basic is null ? null : "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes(basic)), http.LastAuthorization);
    }

    [Theory]
    [InlineData("3600", 3600d)]
    [InlineData("\"3600\"", 3600d)]
    [InlineData("1e300", 31_536_000d)]
    [InlineData("-5", null)]
    [InlineData("null", null)]
    public async Task A_lifetime_is_believed_within_reason(string seconds, double? lifetime)
    {
        var http = new FakeOAuthHttp(new() { [Endpoint] = $$"""{"access_token": "t", "expires_in": {{seconds}}}""" });
        var before = http.Time.GetUtcNow();

        var tokens = await Of(http).Refresh("r", Cancel);

        Assert.Equal(lifetime, (tokens.ExpiresAt - before)?.TotalSeconds);
    }

    [Theory]
    [InlineData("""{"error": "invalid_grant", "error_description": "gone\u0007."}""", "auth.example gave no token: invalid_grant, gone", "invalid_grant")]
    [InlineData("""{"error": "invalid_grant", "error_description": "r3fresh is gone"}""", "auth.example gave no token: it answered with HTTP 400", "refused")]
    [InlineData("[]", "auth.example gave no token: it answered with HTTP 400", null)]
    public async Task A_refusal_is_told_without_what_was_confided(string answer, string told, string? code)
    {
        var http = new FakeOAuthHttp(new() { [Endpoint] = answer }) { Status = 400 };

        var refused = await Assert.ThrowsAsync<OAuthException>(() => Of(http).Refresh("r3fresh", Cancel));

        Assert.Equal((told, code), (refused.Message, refused.Code));
    }

    [Fact]
    public async Task What_the_server_made_of_a_registration_counts()
    {
        var http = new FakeOAuthHttp(new() { ["https://auth.example/register"] = """{"client_id": "i", "client_secret": "s", "token_endpoint_auth_method": "client_secret_post"}""" });
        var server = new AuthorizationServer { Issuer = "https://auth.example", TokenEndpoint = new Uri(Endpoint), RegistrationEndpoint = new Uri("https://auth.example/register") };

        var client = await ClientRegistration.Register(http, server, "fangd", "https://pi.example/cb", Cancel);

        Assert.Equal(("i", "s", OAuthMethods.Post, true), (client.Id, client.Secret, client.Method, client.RegistersItself));
        Assert.Contains("\"token_endpoint_auth_method\":\"none\",\"application_type\":\"web\"", http.LastBody);
    }

    private static TokenEndpoint Of(FakeOAuthHttp http) => new(http, new Uri(Endpoint), new OAuthClient("i", null, OAuthMethods.None), "https://mcp.example");
}

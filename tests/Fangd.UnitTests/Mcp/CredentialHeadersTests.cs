using Fangd.Server.Mcp;

namespace Fangd.UnitTests.Mcp;

public sealed class CredentialHeadersTests
{
    [Fact]
    public void Names_in_braces_stand_for_credentials()
    {
        const string header = "Authorization: Basic ${USER}.${KEY}";

        Assert.Equal(["USER", "KEY"], CredentialHeaders.Variables(header));
        var (name, value) = Assert.Single(CredentialHeaders.Resolve([header, "broken"], variable => variable.ToLowerInvariant()));
        Assert.Equal(("Authorization", "Basic user.key"), (name, value));
    }

    [Theory]
    [InlineData("X: plain")]
    [InlineData("X: ${open")]
    public void Anything_else_stands_for_itself(string header) => Assert.Empty(CredentialHeaders.Variables(header));
}

using Fangd.Server.A2a.Peers;

namespace Fangd.UnitTests.A2a;

/// <summary>Which addresses are called.</summary>
public sealed class PeerTargetsTests
{
    [Theory]
    [InlineData("https://agents.example.com")]
    [InlineData("http://203.0.113.9:8080/a")]
    [InlineData("https://[2001:db8::1]/")]
    public void An_address_of_the_world_is_called(string url)
    {
        Assert.Null(new PeerTargets(allowLoopback: false).Refusal(url));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::ffff:10.0.0.1]/")]
    [InlineData("http://[64:ff9b::192.168.1.1]/")]
    [InlineData("http://10.1.2.3/")]
    [InlineData("http://172.31.0.1/")]
    [InlineData("http://100.64.0.1/")]
    [InlineData("http://[fd00::1]/")]
    public void One_of_this_machine_or_its_network_is_called_only_when_that_is_allowed(string url)
    {
        Assert.Contains("allow_loopback_targets", new PeerTargets(allowLoopback: false).Refusal(url), StringComparison.Ordinal);
        Assert.Null(new PeerTargets(allowLoopback: true).Refusal(url));
    }

    [Theory]
    [InlineData("http://169.254.169.254/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    [InlineData("http://100.100.100.200/")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://metadata.google.internal/")]
    [InlineData("http://METADATA.google.internal./")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("ftp://example.com/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("example.com")]
    [InlineData("http://user:pass@example.com/")]
    public void Some_are_never_called(string url)
    {
        Assert.NotNull(new PeerTargets(allowLoopback: true).Refusal(url));
    }

    [Fact]
    public async Task A_name_is_looked_at_when_it_is_called()
    {
        using var http = new PeerTargets(allowLoopback: false).CreateClient();

        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync("http://localhost:1/", TestContext.Current.CancellationToken));

        Assert.IsType<TargetRefusedException>(refused.InnerException);
    }
}

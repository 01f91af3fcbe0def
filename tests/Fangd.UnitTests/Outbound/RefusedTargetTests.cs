using Fangd.Engine.Outbound;

namespace Fangd.UnitTests.Outbound;

/// <summary>Ways into the daemon's own network, none of which an agent may take. Nothing here may open a connection.</summary>
[Trait("suite", "escape")]
public sealed class RefusedTargetTests
{
    [Theory]
    // Other schemes, and URLs with more in them than a place.
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.com/")]
    [InlineData("gopher://127.0.0.1:6379/_FLUSHALL")]
    [InlineData("data:text/plain,hello")]
    [InlineData("ws://example.com/")]
    [InlineData("http://user:password@example.com/")]
    [InlineData("http://example.com@127.0.0.1/")]
    [InlineData("http://169.254.169.254@example.com/")]
    // This machine by name.
    [InlineData("http://localhost/")]
    [InlineData("http://LOCALHOST/")]
    [InlineData("http://localhost./")]
    [InlineData("http://localhost:8080/")]
    [InlineData("http://app.localhost/")]
    [InlineData("http://app.localhost./")]
    [InlineData("http://localhost.localdomain/")]
    [InlineData("http://ip6-localhost/")]
    [InlineData("http://ip6-loopback/")]
    // By address, in every spelling that a resolver would take.
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://127.0.0.1./")]
    [InlineData("http://127.1/")]
    [InlineData("http://127.0.1/")]
    [InlineData("http://127.255.255.254/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://2130706433./")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0x7F.0.0.1/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://017700000001/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://0/")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://0.1.2.3/")]
    [InlineData("http://[::]/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[0:0:0:0:0:0:0:1]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[::ffff:7f00:1]/")]
    [InlineData("http://[::127.0.0.1]/")]
    [InlineData("http://[::ffff:0:127.0.0.1]/")]
    [InlineData("http://[64:ff9b::7f00:1]/")]
    [InlineData("http://[64:ff9b::10.0.0.1]/")]
    [InlineData("http://[64:ff9b:1::10.0.0.1]/")]
    [InlineData("http://[2002:7f00:1::]/")]
    [InlineData("http://[2002:c0a8:101::1]/")]
    [InlineData("http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/")]
    [InlineData("http://127。0。0。1/")]
    // The networks around it.
    [InlineData("http://10.0.0.1/")]
    [InlineData("http://10.255.255.255/")]
    [InlineData("http://0xa.0.0.1/")]
    [InlineData("http://012.0.0.1/")]
    [InlineData("http://167772161/")]
    [InlineData("http://100.64.0.1/")]
    [InlineData("http://100.127.255.255/")]
    [InlineData("http://169.254.0.1/")]
    [InlineData("http://172.16.0.1/")]
    [InlineData("http://172.31.255.255/")]
    [InlineData("http://192.168.0.1/")]
    [InlineData("http://192.168.257/")]
    [InlineData("http://198.18.0.1/")]
    [InlineData("http://198.19.255.255/")]
    [InlineData("http://[fc00::1]/")]
    [InlineData("http://[fd12:3456::1]/")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://[fe80::1%25eth0]/")]
    [InlineData("http://[fec0::1]/")]
    [InlineData("http://[::ffff:192.168.1.1]/")]
    // Addresses that are no host.
    [InlineData("http://192.0.0.1/")]
    [InlineData("http://192.0.2.1/")]
    [InlineData("http://192.88.99.1/")]
    [InlineData("http://198.51.100.1/")]
    [InlineData("http://203.0.113.1/")]
    [InlineData("http://224.0.0.1/")]
    [InlineData("http://239.255.255.250/")]
    [InlineData("http://240.0.0.1/")]
    [InlineData("http://255.255.255.255/")]
    [InlineData("http://[ff02::1]/")]
    [InlineData("http://[2001:db8::1]/")]
    [InlineData("http://[2001:10::1]/")]
    [InlineData("http://[3fff::1]/")]
    [InlineData("http://[100::1]/")]
    [InlineData("http://[4000::1]/")]
    // Metadata of clouds.
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://169.254.170.2/v2/credentials")]
    [InlineData("http://2852039166/")]
    [InlineData("http://0xa9.0xfe.0xa9.0xfe/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    [InlineData("http://[fd00:ec2::254]/")]
    [InlineData("http://[fd20:ce::254]/")]
    [InlineData("http://100.100.100.200/")]
    [InlineData("http://192.0.0.192/")]
    [InlineData("http://168.63.129.16/")]
    [InlineData("http://metadata.google.internal/computeMetadata/v1/")]
    [InlineData("http://METADATA.google.internal./")]
    [InlineData("http://metadata/")]
    [InlineData("http://metadata.aws.internal/")]
    [InlineData("http://instance-data/")]
    // Hosts that are nothing, and ports of other protocols.
    [InlineData("http://256.256.256.256/")]
    [InlineData("http://1.2.3.4.5/")]
    [InlineData("http://0x100000000/")]
    [InlineData("http://08.0.0.1/")]
    [InlineData("http://exa_mple.1/")]
    [InlineData("http://example.com:22/")]
    [InlineData("http://example.com:25/")]
    [InlineData("http://example.com:6667/")]
    [InlineData("http://example.com:0/")]
    public async Task An_agent_does_not_get_there(string url)
    {
        var names = new Names().With("example.com", "93.184.215.14");
        using var http = names.Out();

        var refusal = await Assert.ThrowsAsync<OutboundRefusal>(() => Get(http, new Uri(url)));

        Assert.Matches("refused|blocked", refusal.Message);
        Assert.Equal(0, names.Lookups);
    }

    [Theory]
    [InlineData("http://ⓛocalhost/")]
    [InlineData("http://①②⑦.⓪.⓪.①/")]
    [InlineData("http://lоcalhost/")]
    public async Task A_host_of_lookalike_letters_is_looked_up_as_the_other_name_that_it_is(string url)
    {
        using var http = new Names().With("localhost", "93.184.215.14").Out();

        Assert.StartsWith("The host xn--", (await Assert.ThrowsAsync<OutboundRefusal>(() => Get(http, new Uri(url)))).Message);
    }

    [Theory]
    [InlineData("10.0.0.5")]
    [InlineData("93.184.215.14 10.0.0.5")]
    [InlineData("10.0.0.5 93.184.215.14")]
    [InlineData("93.184.215.14 2606:2800:220:1::1 ::1")]
    [InlineData("93.184.215.14 ::ffff:127.0.0.1")]
    [InlineData("64:ff9b::c0a8:101")]
    [InlineData("169.254.169.254")]
    [InlineData("93.184.215.14 0.0.0.0")]
    public async Task A_name_with_one_private_address_is_refused(string addresses)
    {
        using var http = new Names().With("tricky.example", addresses).Out();

        var refusal = await Assert.ThrowsAsync<OutboundRefusal>(() => Get(http, new Uri("http://tricky.example/")));

        Assert.StartsWith("The target tricky.example (", refusal.Message);
    }

    [Theory]
    [InlineData("169.254.169.254/32", "http://169.254.169.254/")]
    [InlineData("169.254.0.0/16", "http://169.254.169.254/")]
    [InlineData("0.0.0.0/0", "http://169.254.170.2/")]
    [InlineData("0.0.0.0/0", "http://100.100.100.200/")]
    [InlineData("::/0", "http://[fd00:ec2::254]/")]
    [InlineData("::/0", "http://[::ffff:169.254.169.254]/")]
    [InlineData("metadata.google.internal", "http://metadata.google.internal/")]
    [InlineData("*.google.internal", "http://metadata.google.internal/")]
    [InlineData("cloud.example", "http://cloud.example/")]
    [InlineData("*.cloud.example", "http://any.cloud.example/")]
    public async Task No_allowance_opens_metadata(string allowance, string url)
    {
        using var http = new Names().With("cloud.example", "169.254.169.254").With("any.cloud.example", "169.254.169.254").Out(allowance);

        var refusal = await Assert.ThrowsAsync<OutboundRefusal>(() => Get(http, new Uri(url)));

        Assert.Contains("nothing can allow that", refusal.Message);
    }

    [Theory]
    [InlineData("nas.example", "http://other.example/")]
    [InlineData("*.home.example", "http://home.example/")]
    [InlineData("*.home.example", "http://evilhome.example/")]
    [InlineData("10.0.0.0/24", "http://10.0.1.1/")]
    [InlineData("10.0.0.1:8080", "http://10.0.0.1/")]
    [InlineData("10.0.0.1:8080", "http://10.0.0.1:8081/")]
    [InlineData("127.0.0.1:8080", "http://localhost:8080/")]
    [InlineData("*.loop.example", "http://any.loop.example/")]
    public async Task An_allowance_opens_only_what_it_says(string allowance, string url)
    {
        var names = new Names()
            .With("other.example", "10.0.0.1").With("home.example", "10.0.0.1").With("evilhome.example", "10.0.0.1")
            .With("any.loop.example", "127.0.0.1").With("localhost", "127.0.0.1");
        using var http = names.Out(allowance);

        Assert.Contains("is blocked", (await Assert.ThrowsAsync<OutboundRefusal>(() => Get(http, new Uri(url)))).Message);
    }

    [Fact]
    public async Task A_refusal_says_how_to_allow_the_target()
    {
        using var http = new Names().With("ha.example", "192.168.1.20").Out();

        var agent = await Assert.ThrowsAsync<OutboundRefusal>(() => Get(http, new Uri("http://ha.example:8123/api")));
        var administrator = await Assert.ThrowsAsync<OutboundRefusal>(() => http.For(OutboundTrust.Administrator).GetAsync("http://127.0.0.1:9/x", Cancel));
        var nas = await Assert.ThrowsAsync<OutboundRefusal>(() => http.For(OutboundTrust.Administrator).GetAsync("http://10.0.0.1:8080/x", Cancel));

        Assert.Equal(
            "The target ha.example (192.168.1.20) is blocked: it is in a private network. "
            + "An administrator can allow it with [web.fetch] ssrf_allowed_hosts = [\"ha.example:8123\"].",
            agent.Message);
        Assert.Contains("Port 9", administrator.Message);
        Assert.Contains("[security] allowed_private_hosts = [\"10.0.0.1:8080\"]", nas.Message);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<HttpResponseMessage> Get(OutboundHttp http, Uri url) => http.For(OutboundTrust.Agent).GetAsync(url, Cancel);
}

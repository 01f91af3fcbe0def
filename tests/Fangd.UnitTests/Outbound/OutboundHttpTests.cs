using System.IO.Compression;
using Fangd.Engine.Outbound;
using Fangd.TestKit;

namespace Fangd.UnitTests.Outbound;

/// <summary>Requests that go out, to a server on loopback that an allowance opens.</summary>
public sealed class OutboundHttpTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_allowed_name_is_connected_to_at_the_address_that_was_checked()
    {
        await using var peer = new WebStandIn(request => WebAnswer.Html($"{request.Headers["Host"]} {request.Path}"));
        var names = new Names().With("nas.example", "127.0.0.1");
        using var http = names.Out("nas.example");

        var text = await http.For(OutboundTrust.Agent).GetStringAsync($"http://NAS.example.:{peer.Port}/a?b", Cancel);

        Assert.EndsWith(" /a?b", text);
        Assert.Equal(1, names.Lookups);
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task A_name_that_changes_between_check_and_connection_changes_nothing()
    {
        await using var peer = new WebStandIn(_ => WebAnswer.Html("inside"));
        // The first answer is public and goes nowhere; the second would be the way in.
        var names = new Names().With("rebind.example", "192.0.2.1", "127.0.0.1");
        using var http = names.Out();

        var first = await Assert.ThrowsAsync<OutboundRefusal>(() => Get(http, $"http://rebind.example:{peer.Port}/"));
        var second = await Assert.ThrowsAsync<OutboundRefusal>(() => Get(http, $"http://rebind.example:{peer.Port}/"));

        Assert.Contains("192.0.2.1", first.Message);
        Assert.Contains("127.0.0.1", second.Message);
        Assert.Empty(peer.Requests);
        Assert.Equal(2, names.Lookups);
    }

    [Trait("suite", "escape")]
    [Theory]
    [InlineData("http://169.254.169.254/latest/")]
    [InlineData("http://127.0.0.1:1/")]
    [InlineData("http://10.0.0.1/")]
    [InlineData("http://2130706433/")]
    [InlineData("//localhost/")]
    [InlineData("http://inside.example/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://name@public.example/")]
    public async Task A_redirect_to_a_closed_target_is_not_followed(string target)
    {
        await using var peer = new WebStandIn(_ => WebAnswer.Redirect(target));
        var names = new Names().With("start.example", "127.0.0.1").With("inside.example", "10.0.0.7");
        using var http = names.Out($"start.example:{peer.Port}");

        var refusal = await Assert.ThrowsAsync<OutboundRefusal>(() => Get(http, $"http://start.example:{peer.Port}/"));

        Assert.Matches("refused|blocked", refusal.Message);
        Assert.Single(peer.Requests);
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task Redirects_end_after_ten()
    {
        await using var peer = new WebStandIn(request => WebAnswer.Redirect($"/{int.Parse(request.Path[1..]) + 1}"));
        using var http = new Names().Out($"127.0.0.1:{peer.Port}");

        Assert.Contains("10 redirects", (await Assert.ThrowsAsync<OutboundRefusal>(() => Get(http, $"{peer.Url}/0"))).Message);
        Assert.Equal(11, peer.Requests.Count);
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task Credentials_do_not_cross_to_another_origin()
    {
        await using var other = new WebStandIn(_ => WebAnswer.Html("there"));
        await using var peer = new WebStandIn(request => WebAnswer.Redirect(request.Path == "/a" ? "/b" : $"{other.Url}/c"));
        using var http = new Names().Out("127.0.0.0/8");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{peer.Url}/a");
        foreach (var name in new[] { "Authorization", "Cookie", "X-Api-Key", "Accept-Language" })
            request.Headers.TryAddWithoutValidation(name, "word");

        using var response = await http.For(OutboundTrust.Agent).SendAsync(request, Cancel);

        Assert.All(peer.Requests, asked => Assert.Equal("word", asked.Headers["X-Api-Key"]));
        var last = Assert.Single(other.Requests);
        Assert.Equal("word", last.Headers["Accept-Language"]);
        Assert.DoesNotContain(last.Headers.Keys, name => name is "Authorization" or "Cookie" or "X-Api-Key");
        Assert.Equal($"{other.Url}/c", response.RequestMessage!.RequestUri!.AbsoluteUri);
    }

    [Theory]
    [InlineData(301, "GET", "")]
    [InlineData(302, "GET", "")]
    [InlineData(303, "GET", "")]
    [InlineData(307, "POST", "body")]
    [InlineData(308, "POST", "body")]
    public async Task A_redirected_post_keeps_its_body_only_where_the_status_says_so(int status, string method, string body)
    {
        await using var peer = new WebStandIn(request => request.Path == "/a" ? WebAnswer.Redirect("/b", status) : WebAnswer.Html("done"));
        using var http = new Names().Out("127.0.0.1");

        using var response = await http.For(OutboundTrust.Agent).PostAsync($"{peer.Url}/a", new StringContent("body"), Cancel);

        var last = peer.Requests.Last();
        Assert.Equal((method, body), (last.Method, last.Body));
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task Cookies_are_not_kept()
    {
        await using var peer = new WebStandIn(_ => WebAnswer.Html("x") with { Headers = [("Set-Cookie", "a=b")] });
        using var http = new Names().Out("127.0.0.1");

        await Get(http, peer.Url);
        await Get(http, peer.Url);

        Assert.All(peer.Requests, request => Assert.DoesNotContain("Cookie", request.Headers.Keys));
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task A_compressed_body_is_measured_after_decompression()
    {
        await using var peer = new WebStandIn(_ => new WebAnswer(200, "text/plain", Zipped(new byte[20_000_000]), ("Content-Encoding", "gzip")));
        using var http = new Names().Out("127.0.0.1");
        using var response = await http.For(OutboundTrust.Agent).GetAsync(peer.Url, HttpCompletionOption.ResponseHeadersRead, Cancel);

        var refusal = await Assert.ThrowsAsync<OutboundRefusal>(() => BoundedBody.Read(response.Content, 1_000_000, Cancel));

        Assert.Contains("larger than 1000000 bytes", refusal.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    [InlineData(99_999)]
    [InlineData(100_000)]
    public async Task A_body_up_to_the_limit_is_read_whole(int size)
    {
        using var content = new StreamContent(new MemoryStream(new byte[size]));

        Assert.Equal(size, (await BoundedBody.Read(content, 100_000, Cancel)).Length);
    }

    [Fact]
    public async Task A_damaged_compression_is_said_so()
    {
        await using var peer = new WebStandIn(_ => new WebAnswer(200, "text/plain", "no gzip"u8.ToArray(), ("Content-Encoding", "gzip")));
        using var http = new Names().Out("127.0.0.1");
        using var response = await http.For(OutboundTrust.Agent).GetAsync(peer.Url, HttpCompletionOption.ResponseHeadersRead, Cancel);

        Assert.Contains("damaged", (await Assert.ThrowsAsync<OutboundRefusal>(() => BoundedBody.Read(response.Content, 1000, Cancel))).Message);
    }

    [Fact]
    public async Task What_an_administrator_configured_may_be_on_loopback_when_that_is_allowed()
    {
        await using var peer = new WebStandIn(_ => WebAnswer.Html("x"));
        using var http = new Names().With("localhost", "127.0.0.1").Out(new OutboundRules { AllowLoopbackTargets = true });

        Assert.Equal("x", await http.For(OutboundTrust.Administrator).GetStringAsync(peer.Url, Cancel));
        Assert.Equal("x", await http.For(OutboundTrust.Administrator).GetStringAsync($"http://localhost:{peer.Port}/", Cancel));
        Assert.Contains("on this machine", (await Assert.ThrowsAsync<OutboundRefusal>(() => Get(http, peer.Url))).Message);
    }

    [Fact]
    public async Task A_host_without_an_address_and_a_port_without_a_server_are_told_apart()
    {
        var names = new Names();
        using var http = names.Out("127.0.0.1");
        var closed = Ports.Free();

        Assert.Equal("The host nowhere.example could not be found.", (await Assert.ThrowsAsync<OutboundRefusal>(() => Get(http, "http://nowhere.example/"))).Message);
        Assert.Equal($"Nothing answers at 127.0.0.1:{closed}: the connection was refused.", (await Assert.ThrowsAsync<OutboundRefusal>(() => Get(http, $"http://127.0.0.1:{closed}/"))).Message);
    }

    [Fact]
    public async Task The_next_address_is_tried_when_one_does_not_answer()
    {
        await using var peer = new WebStandIn(_ => WebAnswer.Html("x"));
        using var http = new Names().With("two.example", "127.0.0.9 127.0.0.1").Out("127.0.0.0/8");

        Assert.Equal("x", await http.For(OutboundTrust.Agent).GetStringAsync($"http://two.example:{peer.Port}/", Cancel));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("*.*.example")]
    [InlineData("host:0")]
    [InlineData("host:99999")]
    [InlineData("10.0.0.0/33")]
    [InlineData("http://host/")]
    [InlineData("*.10.0.0.1")]
    [InlineData("")]
    [InlineData(":80")]
    public void What_is_no_allowance_is_none(string text) => Assert.Null(HostAllowance.Parse(text));

    [Theory]
    [InlineData("nas")]
    [InlineData("NAS.home.example.:8080")]
    [InlineData("*.home.example")]
    [InlineData("192.168.1.0/24")]
    [InlineData("192.168.1.0/24:8123")]
    [InlineData("fd00::/8")]
    [InlineData("fd00::1")]
    [InlineData("[fd00::1]:8080")]
    public void Hosts_wildcards_addresses_and_networks_are_allowances(string text) => Assert.NotNull(HostAllowance.Parse(text));

    private static byte[] Zipped(byte[] bytes)
    {
        var to = new MemoryStream();
        using (var gzip = new GZipStream(to, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return to.ToArray();
    }

    private static Task<HttpResponseMessage> Get(OutboundHttp http, string url) => http.For(OutboundTrust.Agent).GetAsync(url, Cancel);
}

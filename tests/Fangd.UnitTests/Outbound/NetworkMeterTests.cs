using System.IO.Compression;
using Fangd.Engine.Outbound;
using Fangd.TestKit;
using Fangd.UnitTests.Tools;

namespace Fangd.UnitTests.Outbound;

/// <summary>What agents receive from the network, counted over an hour.</summary>
public sealed class NetworkMeterTests
{
    private readonly StoppedClock _clock = new();
    private readonly NetworkMeter _meter;

    public NetworkMeterTests() => _meter = new NetworkMeter(_clock);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_byte_counts_for_an_hour_and_no_more_than_a_minute_longer()
    {
        _meter.Count("a", 10);
        _clock.Pass(TimeSpan.FromMinutes(60));
        _meter.Count("a", 5);

        Assert.Equal(15, _meter.Received("a"));
        _clock.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(5, _meter.Received("a"));
        _clock.Pass(TimeSpan.FromDays(1));
        Assert.Equal(0, _meter.Received("a"));
    }

    [Fact]
    public void What_is_left_is_each_agents_own()
    {
        _meter.Count("a", 10);

        Assert.NotNull(_meter.For("a", 10).Refusal());
        Assert.Null(_meter.For("a", 11).Refusal());
        Assert.Null(_meter.For("b", 10).Refusal());
        Assert.EndsWith("allows (0 bytes).", _meter.For("b", 0).Refusal());
    }

    [Fact]
    public void The_refusal_says_when_more_is_let_in()
    {
        _meter.Count("a", 6);
        _clock.Pass(TimeSpan.FromMinutes(20));
        _meter.Count("a", 6);
        _clock.Pass(TimeSpan.FromMinutes(10));

        Assert.EndsWith("after 31 min.", _meter.For("a", 8).Refusal());
        Assert.EndsWith("after 51 min.", _meter.For("a", 3).Refusal());
        _clock.Pass(TimeSpan.FromMinutes(31));
        Assert.Null(_meter.For("a", 8).Refusal());
    }

    [Fact]
    public void Agents_that_stopped_receiving_are_forgotten()
    {
        for (var i = 0; i < 1024; i++)
            _meter.Count($"idle-{i}", 1);
        _clock.Pass(TimeSpan.FromMinutes(61));
        _meter.Count("busy", 1);

        Assert.Equal(1, _meter.Agents);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_is_counted_as_it_came(bool isPacked)
    {
        byte[] body = new byte[100_000];
        var sent = isPacked ? Zipped(body) : body;
        await using var peer = new WebStandIn(_ => new WebAnswer(200, "text/plain", sent, isPacked ? [("Content-Encoding", "gzip")] : []));
        using var http = new Names().Out("127.0.0.1");
        using var request = new HttpRequestMessage(HttpMethod.Get, peer.Url);
        request.Options.Set(OutboundHttp.Allowance, http.Meter.For("a", 200_000));

        using var response = await http.For(OutboundTrust.Agent).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);

        Assert.Equal(100_000, (await BoundedBody.Read(response.Content, 1_000_000, Cancel)).Length);
        Assert.InRange(http.Meter.Received("a"), sent.Length, sent.Length + 500);
    }

    [Fact]
    public async Task Each_redirect_counts_and_asks_again()
    {
        await using var peer = new WebStandIn(_ => new WebAnswer(302, "", [], ("Location", "/again"), ("X-Padding", new string('x', 2000))));
        using var http = new Names().Out("127.0.0.1");
        using var request = new HttpRequestMessage(HttpMethod.Get, peer.Url);
        request.Options.Set(OutboundHttp.Allowance, http.Meter.For("a", 5000));

        var refusal = await Assert.ThrowsAsync<OutboundRefusal>(() => http.For(OutboundTrust.Agent).SendAsync(request, Cancel));

        Assert.Contains("max_network_bytes_per_hour", refusal.Message);
        Assert.Equal(3, peer.Requests.Count);
    }

    private static byte[] Zipped(byte[] bytes)
    {
        var to = new MemoryStream();
        using (var gzip = new GZipStream(to, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return to.ToArray();
    }
}

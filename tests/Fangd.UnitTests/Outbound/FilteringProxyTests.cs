using System.Net;
using System.Net.Sockets;
using System.Text;
using Fangd.Engine.Outbound;
using Fangd.TestKit;

namespace Fangd.UnitTests.Outbound;

public sealed class FilteringProxyTests : IAsyncDisposable
{
    private readonly WebStandIn _web = new(request => WebAnswer.Html($"{request.Method} {request.Path} {request.Body}") with { Headers = [("Keep-Alive", "timeout=100")] });
    private readonly OutboundHttp _http;
    private readonly FilteringProxy _proxy;

    public FilteringProxyTests()
    {
        _http = new Names().With("a.example", "127.0.0.1").With("b.example", "127.0.0.1").With("rebind.example", "10.0.0.1").Out($"127.0.0.1:{_web.Port}", "b.example");
        _proxy = new FilteringProxy(_http, target => target.Host == "b.example" ? "The host b.example is closed." : null, TimeProvider.System);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _http.Dispose();
        await _web.DisposeAsync();
    }

    [Fact]
    public async Task A_request_is_passed_on_without_what_is_the_proxys()
    {
        var answer = await Ask($"POST http://a.example:{_web.Port}/x?y HTTP/1.1\r\nHost: a.example\r\nProxy-Connection: keep-alive\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nbody");

        Assert.StartsWith("HTTP/1.1 200", answer);
        Assert.Contains("\r\nConnection: close\r\n", answer);
        Assert.DoesNotContain("Keep-Alive", answer);
        Assert.EndsWith("POST /x?y body", answer);
        var request = Assert.Single(_web.Requests);
        Assert.Equal(("close", "a.example"), (request.Headers["Connection"], request.Headers["Host"]));
        Assert.DoesNotContain("Proxy-Connection", request.Headers.Keys);
    }

    [Fact]
    public async Task A_tunnel_carries_what_it_is_given()
    {
        var answer = await Ask($"CONNECT a.example:{_web.Port} HTTP/1.1\r\nHost: a.example\r\n\r\nGET /in HTTP/1.1\r\nHost: a.example\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200", answer);
        Assert.EndsWith("GET /in ", answer);
    }

    [Trait("suite", "escape")]
    [Theory]
    [InlineData("GET http://169.254.169.254/ HTTP/1.1", "nothing can allow that")]
    [InlineData("GET http://localhost/ HTTP/1.1", "on this machine")]
    [InlineData("CONNECT 10.0.0.1:443 HTTP/1.1", "private network")]
    [InlineData("CONNECT [::1]:443 HTTP/1.1", "on this machine")]
    [InlineData("CONNECT rebind.example:443 HTTP/1.1", "rebind.example (10.0.0.1)")]
    [InlineData("CONNECT a.example:25 HTTP/1.1", "Port 25")]
    [InlineData("GET http://b.example/ HTTP/1.1", "b.example is closed")]
    [InlineData("GET ftp://a.example/ HTTP/1.1", "only http")]
    [InlineData("GET /relative HTTP/1.1", "only http")]
    [InlineData("nonsense", "not HTTP")]
    public async Task A_closed_target_is_answered_with_the_reason(string line, string reason)
    {
        var answer = await Ask(line + "\r\nHost: a.example\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 403", answer);
        Assert.Contains(reason, answer);
        Assert.Contains(reason, _proxy.TakeRefusal());
        Assert.Null(_proxy.TakeRefusal());
        Assert.Empty(_web.Requests);
    }

    private async Task<string> Ask(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _proxy.Port, Cancel);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Cancel);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(Cancel);
    }
}

using System.Net;

namespace Fangd.Engine.Outbound;

/// <summary>
/// The one way out to targets that an agent, a peer or an administrator's list names (models have their own). Addresses are checked and pinned,
/// redirects are followed here and checked one by one, no proxy is taken from the environment, no cookies are kept. Everything that
/// goes wrong on the way is an <see cref="OutboundRefusal"/> whose sentence can be shown.
/// </summary>
public sealed class OutboundHttp : IDisposable
{
    /// <summary>Most bytes of a body that a client buffers by itself, after decompression.</summary>
    public const int MaxBufferedBytes = 10 * 1024 * 1024;

    private readonly OutboundRules _rules;
    private readonly ResolveHost _resolve;
    private readonly TimeProvider _time;
    private readonly Lazy<HttpClient> _agent;
    private readonly Lazy<HttpClient> _administrator;

    /// <param name="rules">What is opened.</param>
    /// <param name="time">The clock.</param>
    /// <param name="resolve">Looks names up; null for the system's resolver.</param>
    public OutboundHttp(OutboundRules rules, TimeProvider time, ResolveHost? resolve = null)
    {
        (_rules, _time, _resolve) = (rules, time, resolve ?? Dns.GetHostAddressesAsync);
        // Made when first asked for: most daemons start long before an agent looks at the web.
        _agent = new Lazy<HttpClient>(() => Create(OutboundTrust.Agent));
        _administrator = new Lazy<HttpClient>(() => Create(OutboundTrust.Administrator));
    }

    /// <summary>
    /// Asked for the target of a request and of each of its redirects, beside the rules for addresses: the reason why it is closed, as a whole
    /// sentence, or null.
    /// </summary>
    public static HttpRequestOptionsKey<Func<OutboundTarget, string?>> Reach { get; } = new("fangd.reach");

    /// <summary>
    /// The client for targets of this trust; it lives as long as this object. It has no overall timeout, since some answers are streams:
    /// callers bring a token that ends.
    /// </summary>
    public HttpClient For(OutboundTrust trust) => (trust is OutboundTrust.Agent ? _agent : _administrator).Value;

    /// <summary>
    /// Where the URL leads, as far as that can be told without looking a name up. Throws <see cref="OutboundRefusal"/> when it is closed.
    /// </summary>
    public OutboundTarget Check(OutboundTrust trust, Uri url)
    {
        var target = OutboundTarget.Of(url);
        new OutboundGuard(trust, _rules).CheckHost(target);
        return target;
    }

    /// <summary>A connection of its own to a target that was checked, for protocols beside HTTP. Throws <see cref="OutboundRefusal"/>.</summary>
    public async ValueTask<Stream> Connect(OutboundTrust trust, OutboundTarget target, CancellationToken cancel) =>
        await new PinnedConnector(new OutboundGuard(trust, _rules), _resolve, _time).Connect(target, cancel);

    public void Dispose()
    {
        foreach (var client in new[] { _agent, _administrator })
        {
            if (client.IsValueCreated)
                client.Value.Dispose();
        }
    }

    private HttpClient Create(OutboundTrust trust)
    {
        var guard = new OutboundGuard(trust, _rules);
        var connector = new PinnedConnector(guard, _resolve, _time);
        var sockets = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancel) =>
                await connector.Connect(OutboundTarget.Of(context.DnsEndPoint.Host, context.DnsEndPoint.Port), cancel),
            AllowAutoRedirect = false,
            UseCookies = false,
            // A proxy would look names up by itself, out of reach of the checks.
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            MaxConnectionsPerServer = 16,
            MaxResponseHeadersLength = 64,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            // A checked address may get another owner.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ResponseDrainTimeout = TimeSpan.FromMilliseconds(100),
            MaxResponseDrainSize = 64 * 1024,
            ActivityHeadersPropagator = null,
        };
        return new HttpClient(new OutboundHandler(guard, sockets))
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxBufferedBytes,
        };
    }
}

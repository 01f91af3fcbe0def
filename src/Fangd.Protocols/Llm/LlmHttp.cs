using System.Net;

namespace Fangd.Protocols.Llm;

/// <summary>The HTTP side that all model clients share.</summary>
public static class LlmHttp
{
    /// <summary>
    /// Connections for model calls. Redirects are not followed (they would carry the key elsewhere), bodies are not decompressed (a compressed
    /// stream arrives in lumps; that is the default, and to name the property would link Brotli into the binary), cookies are not kept. Proxies come from the environment (<c>HTTP_PROXY</c>, <c>HTTPS_PROXY</c>,
    /// <c>NO_PROXY</c>) as everywhere, except that loopback addresses never go through one: a proxy could not reach our Ollama.
    /// </summary>
    public static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = true,
        Proxy = new LoopbackIsDirect(),
        ConnectTimeout = TimeSpan.FromSeconds(10),
        // A bound against a runaway only; each stream holds one connection and 500 of them at once are ordinary.
        MaxConnectionsPerServer = 4096,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
        // Providers move behind DNS; a connection must not outlive that for long.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        EnableMultipleHttp2Connections = true,
        // A stream that is left early is cut rather than read to its end: the provider must stop generating.
        ResponseDrainTimeout = TimeSpan.FromMilliseconds(100),
        MaxResponseDrainSize = 64 * 1024,
        ActivityHeadersPropagator = null,
    };

    /// <summary>A client over <see cref="CreateHandler"/> without an overall timeout: calls watch the clock themselves.</summary>
    public static HttpClient CreateClient() => new(CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };

    private sealed class LoopbackIsDirect : IWebProxy
    {
        public ICredentials? Credentials
        {
            get => HttpClient.DefaultProxy.Credentials;
            set => HttpClient.DefaultProxy.Credentials = value;
        }

        public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : HttpClient.DefaultProxy.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.IsLoopback || HttpClient.DefaultProxy.IsBypassed(host);
    }
}

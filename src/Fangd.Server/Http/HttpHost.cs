using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Fangd.Server.Http;

/// <summary>
/// Kestrel without the generic host: no configuration system, no service container, no routing. That is most of what a slim host costs
/// in start-up time, memory and size, and nothing here needs it.
/// </summary>
internal sealed class HttpHost : IAsyncDisposable
{
    private readonly KestrelServer _server;
    private readonly List<Listener> _listeners;

    public HttpHost(HttpSettings settings, TimeProvider time, ILoggerFactory logs)
    {
        var options = new KestrelServerOptions { ApplicationServices = NoServices.Instance, AddServerHeader = false };
        options.Limits.MaxConcurrentConnections = settings.MaxConnections;
        options.Limits.MaxConcurrentUpgradedConnections = settings.MaxConnections / 4;
        options.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(90);
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        // Each route sets its own limit before it reads; what has none is not read.
        options.Limits.MaxRequestBodySize = settings.MaxBodyBytes;
        options.Limits.MaxResponseBufferSize = 128 * 1024;
        _listeners = [.. settings.Listeners.Select(l => new Listener(l, time))];
        foreach (var listener in _listeners)
        {
            options.Listen(listener.Address, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection =>
                {
                    connection.Features.Set(listener);
                    return next(connection);
                });
            });
        }

        // Handlers never block, so they may run where the socket's completion arrives: one thread switch less in each direction.
        var transport = new SocketTransportFactory(
            Options.Create(new SocketTransportOptions { Backlog = 1024, UnsafePreferInlineScheduling = true }),
            logs);
        _server = new KestrelServer(Options.Create(options), transport, logs);
    }

    /// <summary>The open addresses, once started.</summary>
    public IReadOnlyList<Listener> Listeners => _listeners;

    /// <summary>Binds and accepts. An address that is taken or not ours is an <see cref="IOException"/> that names it.</summary>
    public async Task Start(IHttpApplication<Exchange> application, CancellationToken stopping)
    {
        try
        {
            await _server.StartAsync(application, stopping);
        }
        catch (Exception failure) when (StartFailure.OfAddress(failure, _listeners.Select(l => l.Address)) is not null)
        {
            throw StartFailure.OfAddress(failure, _listeners.Select(l => l.Address))!;
        }

        var bound = _server.Features.Get<IServerAddressesFeature>()?.Addresses.ToList() ?? [];
        for (var i = 0; i < _listeners.Count && i < bound.Count; i++)
            _listeners[i].Address = new IPEndPoint(_listeners[i].Address.Address, new Uri(bound[i]).Port);
    }

    /// <summary>Stops accepting and lets open requests end until <paramref name="deadline"/>.</summary>
    public Task Stop(CancellationToken deadline) => _server.StopAsync(deadline);

    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        return ValueTask.CompletedTask;
    }

    private sealed class NoServices : IServiceProvider
    {
        public static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}

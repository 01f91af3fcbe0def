using Fangd.Server.Http;

namespace Fangd.Server.A2a.Serving;

/// <summary>Where clients find us: what the configuration says, else what the client called us, when that is a host at all.</summary>
internal sealed class A2aAddress(string? publicUrl)
{
    private readonly string? _public = publicUrl?.TrimEnd('/');

    /// <summary>Absolute, without a slash at the end.</summary>
    public string Of(Exchange exchange)
    {
        if (_public is not null)
            return _public;
        var host = exchange.Request.Host.Value;
        return host is { Length: > 0 and < 256 } && IsHost(host) ? $"{exchange.Request.Scheme}://{host}" : $"http://{exchange.Listener.Address}";
    }

    /// <summary>Nothing but a name or an address and a port: it is written into a card that others may cache.</summary>
    private static bool IsHost(string host) =>
        host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or ':' or '[' or ']' or '_') && Uri.TryCreate($"http://{host}/", UriKind.Absolute, out var url) && url.Authority.Length > 0;
}

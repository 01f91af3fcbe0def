using System.Net;
using Fangd.Cli.Settings;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Api;

/// <summary>
/// Where the daemon is, the key it wants, and where both were found, for messages. <paramref name="Url"/>: scheme, host and port, and a
/// path before which a proxy serves it; ends with a slash.
/// </summary>
internal sealed record DaemonAddress(Uri Url, string? Key, string KeySource)
{
    /// <summary>As messages print it.</summary>
    public string Shown => Url.AbsoluteUri.TrimEnd('/');

    public bool IsLoopback => Url.IsLoopback;

    public static DaemonAddress Find(ParsedLine line, CliHost host, Whereabouts whereabouts)
    {
        var (url, urlSource) = Named(line, GlobalOptions.Url, host);
        var (key, keySource) = Named(line, GlobalOptions.ApiKey, host);
        if (url is not null && key is not null)
            return new DaemonAddress(Parse(url, urlSource), key, keySource);

        var config = ClientConfig.Read(whereabouts);
        var own = OfListener(config.Listeners[0]);
        var target = url is null ? own : Parse(url, urlSource);
        if (key is not null)
            return new DaemonAddress(target, key, keySource);

        // The key of this machine's daemon is not for whoever answers at some other address.
        if (!target.IsLoopback && !target.Host.Equals(own.Host, StringComparison.OrdinalIgnoreCase))
            return new DaemonAddress(target, null, $"the key in {config.ConfigPath} is only sent to this machine");
        return new DaemonAddress(target, config.ApiKey, config.ApiKey is null ? $"no api_key in {config.ConfigPath}" : $"api_key in {config.ConfigPath}");
    }

    /// <summary>The address under which a client on the same machine reaches a listener.</summary>
    public static Uri OfListener(IPEndPoint listener)
    {
        var address = listener.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : listener.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : listener.Address;
        return new Uri($"http://{new IPEndPoint(address, listener.Port)}/");
    }

    private static (string? Value, string Source) Named(ParsedLine line, CommandOption option, CliHost host) =>
        line.Value(option) is { } given ? (given, option.Name)
        : option.Variable is { } variable && host.Variable(variable) is { } value ? (value, variable)
        : (null, "");

    private static Uri Parse(string text, string source)
    {
        var complete = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        if (!Uri.TryCreate(complete, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new CommandException(ExitCode.Usage, $"{source} is not an address: \"{text}\"", "it looks like this: http://127.0.0.1:4545");
        return url.AbsolutePath.EndsWith('/') ? url : new UriBuilder(url) { Path = url.AbsolutePath + "/" }.Uri;
    }
}

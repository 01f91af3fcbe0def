using System.Collections.Concurrent;
using System.Reflection;
using Fangd.Server.Http;

namespace Fangd.Server.Dashboard;

/// <summary>The chat page and its files, embedded, public, read at the first request.</summary>
internal sealed class DashboardEndpoints
{
    private const string Prefix = "page/";

    private readonly ConcurrentDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    public void Map(RouteTable routes)
    {
        foreach (var resource in Assembly.GetExecutingAssembly().GetManifestResourceNames())
        {
            if (!resource.StartsWith(Prefix, StringComparison.Ordinal))
                continue;
            var name = resource[Prefix.Length..];
            routes.Get(name == "index.html" ? "/" : "/" + name, exchange => Send(exchange, resource)).Public().Costs(0);
        }
    }

    private Task Send(Exchange exchange, string resource)
    {
        var bytes = _files.GetOrAdd(resource, Read);
        var tag = $"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes).AsSpan(0, 8))}\"";
        exchange.Response.Headers.ETag = tag;
        exchange.Response.Headers.CacheControl = "no-cache";
        if (exchange.Request.Headers.IfNoneMatch.ToString() == tag)
        {
            exchange.Response.StatusCode = 304;
            return Task.CompletedTask;
        }

        return exchange.Bytes(200, ContentType(resource), bytes);
    }

    private static byte[] Read(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string ContentType(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".png" => "image/png",
        ".ico" => "image/x-icon",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
}

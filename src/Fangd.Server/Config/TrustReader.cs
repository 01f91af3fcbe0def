using System.Net;
using Fangd.Toml;

namespace Fangd.Server.Config;

/// <summary>Lists of who and what is believed: proxies, browser origins, addresses of providers.</summary>
internal static class TrustReader
{
    public static IReadOnlyList<IPNetwork> Proxies(SectionReader root)
    {
        var networks = new List<IPNetwork>();
        foreach (var text in root.Strings("trusted_proxies"))
        {
            if (IPNetwork.TryParse(text, out var network))
                networks.Add(network);
            else if (IPAddress.TryParse(text, out var address))
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else
                root.Fault("trusted_proxies", root.Find("trusted_proxies")!, $"expected an IP address or a network like 10.0.0.0/8, found \"{text}\"");
        }

        return networks;
    }

    /// <summary><c>cors_origin</c> (one) and <c>cors_origins</c> together, without a slash at the end.</summary>
    public static IReadOnlyList<string> Origins(SectionReader root)
    {
        var origins = new List<string>();
        if (root.OptionalString("cors_origin") is { } single)
            Add("cors_origin", single);
        foreach (var origin in root.Strings("cors_origins"))
            Add("cors_origins", origin);
        return origins;

        void Add(string key, string origin)
        {
            if (Urls.IsWeb(origin) && new Uri(origin) is { PathAndQuery: "/", UserInfo: "" })
                origins.Add(origin.TrimEnd('/'));
            else
                root.Fault(key, root.Find(key)!, $"expected an origin like https://example.org, found \"{origin}\"");
        }
    }

    public static IReadOnlyDictionary<string, string> ProviderUrls(SectionReader root)
    {
        var urls = root.Map("provider_urls");
        foreach (var (provider, url) in urls)
        {
            if (!Urls.IsWeb(url) && root.Table.GetTable("provider_urls") is { } table && table.TryGetEntry(provider, out var entry))
                root.Problems.Fault(entry.Value.Position, $"provider_urls.{TomlKey.Write(provider)}", $"expected an http:// or https:// URL, found \"{url}\"");
        }

        return urls;
    }
}

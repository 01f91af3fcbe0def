using Fangd.Server.Http;

namespace Fangd.Server.Providers;

/// <summary>Keys and addresses of providers, changed at run time.</summary>
internal sealed class ProviderEndpoints(ProviderSettings settings, IProviderUrlFile urls)
{
    public void Map(RouteTable routes)
    {
        routes.Post("/api/providers/{name}/key", SetKey);
        routes.Delete("/api/providers/{name}/key", RemoveKey);
        routes.Put("/api/providers/{name}/url", SetUrl);
    }

    private async Task SetKey(Exchange exchange)
    {
        var provider = Of(exchange);
        var request = await exchange.ReadJson(ProviderJson.Default.KeyRequest);
        var key = (request.ApiKey ?? request.Key)?.Trim();
        if (string.IsNullOrEmpty(key))
            throw ApiException.BadRequest("api_key is missing or empty");
        if (key.Length > 4096 || key.Any(char.IsControl))
            throw ApiException.BadRequest("api_key must be one line of at most 4096 characters");
        settings.Keys.Set(provider.KeyVariable, key);
        await exchange.Ok(new KeyChanged("configured", provider.Id), ProviderJson.Default.KeyChanged);
    }

    private Task RemoveKey(Exchange exchange)
    {
        var provider = Of(exchange);
        settings.Keys.Remove(provider.KeyVariable);
        return exchange.Deleted(new KeyChanged("removed", provider.Id), ProviderJson.Default.KeyChanged);
    }

    private async Task SetUrl(Exchange exchange)
    {
        var provider = Of(exchange);
        var url = (await exchange.ReadJson(ProviderJson.Default.UrlRequest)).BaseUrl?.Trim();
        if (string.IsNullOrEmpty(url))
            throw ApiException.BadRequest("base_url is missing or empty");
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
            throw ApiException.BadRequest("base_url must be an http or https URL");
        if (uri.UserInfo.Length > 0)
            throw ApiException.BadRequest("base_url must not contain a user name or password; set a key instead");
        urls.Set(provider.Id, url);
        settings.SetBaseUrl(provider, url);
        await exchange.Ok(new UrlChanged("ok", provider.Id, url), ProviderJson.Default.UrlChanged);
    }

    private Provider Of(Exchange exchange)
    {
        var name = exchange.Value("name");
        return settings.Find(name) ?? throw ApiException.NotFound($"Provider '{name}' not found");
    }
}

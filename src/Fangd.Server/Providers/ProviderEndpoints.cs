using Fangd.Engine.Audit;
using Fangd.Server.Http;
using Fangd.Server.Models;

namespace Fangd.Server.Providers;

/// <summary>The providers, whether they work, and their keys and addresses, changed at run time.</summary>
internal sealed class ProviderEndpoints(ProviderSettings settings, IProviderUrlFile urls, ModelCatalog catalog, LocalModels local, ProviderTest test, IAuditTrail audit)
{
    public void Map(RouteTable routes)
    {
        routes.Get("/api/providers", List);
        routes.Post("/api/providers/{name}/test", Test).Costs(5);
        routes.Post("/api/providers/{name}/key", SetKey);
        routes.Delete("/api/providers/{name}/key", RemoveKey);
        routes.Put("/api/providers/{name}/url", SetUrl);
    }

    private async Task List(Exchange exchange)
    {
        await local.Refresh();
        var counts = catalog.Current.All.CountBy(m => m.Provider).ToDictionary(StringComparer.OrdinalIgnoreCase);
        var providers = settings.All().Select(p => View(p, counts.GetValueOrDefault(p.Id))).ToList();
        await exchange.Ok(new ProviderViews(providers, providers.Count));
    }

    private ProviderView View(Provider provider, int models)
    {
        var server = local.States.GetValueOrDefault(provider.Id);
        return new ProviderView
        {
            Name = provider.Id,
            DisplayName = provider.Name,
            AuthStatus = settings.AuthStatus(provider),
            EnvVar = provider.KeyVariable is { Length: > 0 } variable ? variable : null,
            BaseUrl = settings.BaseUrl(provider),
            ModelCount = models,
            IsLocal = settings.IsLocal(provider.Id),
            Reachable = server?.IsUp,
            LatencyMs = server is { IsUp: true } ? server.LatencyMs : null,
            Error = server?.Error,
        };
    }

    private async Task Test(Exchange exchange)
    {
        var provider = Of(exchange);
        var request = await exchange.ReadOptionalJson<TestRequest>();
        var result = await test.Run(provider, request?.Model, exchange.Aborted);
        if (result.Error is null)
            await exchange.Ok(new ProviderTested("ok", provider.Id, result.LatencyMs, result.Model!));
        else
            await exchange.Json(result.IsKeyRefused ? 401 : 502, new ProviderFailed("failed", provider.Id, result.Error, result.Model));
    }

    private async Task SetKey(Exchange exchange)
    {
        var provider = Of(exchange);
        var request = await exchange.ReadJson<KeyRequest>();
        var key = (request.ApiKey ?? request.Key)?.Trim();
        if (string.IsNullOrEmpty(key))
            throw ApiException.BadRequest("api_key is missing or empty");
        if (key.Length > 4096 || key.Any(char.IsControl))
            throw ApiException.BadRequest("api_key must be one line of at most 4096 characters");
        var name = ProviderSettings.KeyName(provider);
        await settings.Keys.Set(name, key);
        await Record($"Key of provider {provider.Id} set ({name})");
        var warning = settings.Keys.IsInEnvironment(name) ? $"{name} is set in the daemon's environment too, which wins" : null;
        await exchange.Ok(new KeyChanged("configured", provider.Id, warning));
    }

    private async Task RemoveKey(Exchange exchange)
    {
        var provider = Of(exchange);
        if (await settings.Keys.Remove(ProviderSettings.KeyName(provider)))
            await Record($"Key of provider {provider.Id} removed ({ProviderSettings.KeyName(provider)})");
        await exchange.Deleted(new KeyChanged("removed", provider.Id, null));
    }

    private async Task SetUrl(Exchange exchange)
    {
        var provider = Of(exchange);
        var url = (await exchange.ReadJson<UrlRequest>()).BaseUrl?.Trim();
        if (string.IsNullOrEmpty(url))
            throw ApiException.BadRequest("base_url is missing or empty");
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
            throw ApiException.BadRequest("base_url must be an http or https URL");
        if (uri.UserInfo.Length > 0)
            throw ApiException.BadRequest("base_url must not contain a user name or password; set a key instead");
        urls.Set(provider.Id, url);
        settings.SetBaseUrl(provider, url);
        local.Forget();
        await Record($"Address of provider {provider.Id} set to {uri.GetLeftPart(UriPartial.Path)}");
        await exchange.Ok(new UrlChanged("ok", provider.Id, url));
    }

    private ValueTask Record(string detail) => audit.Record(new AuditEntry(AuditAction.ConfigChange, null, detail, "ok"));

    private Provider Of(Exchange exchange)
    {
        var name = exchange.Value("name");
        return settings.Find(name) ?? throw ApiException.NotFound($"Provider '{name}' not found");
    }
}

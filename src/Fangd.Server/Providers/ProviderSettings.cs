using System.Collections.Immutable;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Providers.Resilience;
using Fangd.Server.Vault;

namespace Fangd.Server.Providers;

/// <summary>
/// The one place that knows where a provider's calls go and with which key; chat, test and model lists all ask here. A change takes
/// effect with the next call.
/// </summary>
internal sealed class ProviderSettings(KeyStore keys, IReadOnlyDictionary<string, string> configuredUrls)
{
    private ImmutableDictionary<string, string> _urls = configuredUrls.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);

    public KeyStore Keys => keys;

    public string BaseUrl(Provider provider) => _urls.TryGetValue(provider.Id, out var url) ? url : provider.BaseUrl;

    /// <summary>A known provider, or one that only the configuration knows: that has a base URL and is taken for OpenAI-compatible.</summary>
    public Provider? Find(string id) => ProviderList.Find(id)
        ?? (_urls.TryGetValue(id, out var url) ? new Provider(id, id, Variable(id), url, false, WireFamily.OpenAi) : null);

    /// <summary>The known providers and those that only the configuration knows, by id.</summary>
    public IEnumerable<Provider> All() => ProviderList.All
        .Concat(_urls.Keys.Where(id => ProviderList.Find(id) is null).Select(id => Find(id)!))
        .OrderBy(p => p.Id, StringComparer.Ordinal);

    /// <summary>The servers that are asked for their models.</summary>
    public IEnumerable<Provider> Locals() => All().Where(p => p.Family == WireFamily.OpenAi && IsLocal(p.Id) && BaseUrl(p).Length > 0);

    /// <summary>Whether the provider's models run on the user's own machines: a known local server, or a configured one on this machine.</summary>
    public bool IsLocal(string id)
    {
        if (ProviderList.Find(id) is { } known)
            return known is { NeedsKey: false, Family: WireFamily.OpenAi };
        return _urls.TryGetValue(id, out var url) && Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.IsLoopback;
    }

    /// <summary>Whether calls go to a server of the user's: a local one, one that only the configuration knows, or a replaced address.</summary>
    public bool IsOwn(string id) => ProviderList.Find(id) is not { NeedsKey: true } known
        || (_urls.TryGetValue(id, out var url) && !url.Equals(known.BaseUrl, StringComparison.OrdinalIgnoreCase));

    /// <summary><c>configured</c>, <c>missing</c> or <c>no_key_needed</c>; the key itself is not looked at.</summary>
    public string AuthStatus(Provider provider) => Key(provider) is not null ? "configured" : provider.NeedsKey ? "missing" : "no_key_needed";

    public void SetBaseUrl(Provider provider, string url) => ImmutableInterlocked.AddOrUpdate(ref _urls, provider.Id, url, (_, _) => url);

    /// <summary>Where a call of this model goes. Throws <see cref="LlmException"/> with what to do when something is missing.</summary>
    public LlmTarget Target(ModelRef model, out Provider provider)
    {
        provider = Find(model.Provider) ?? throw new LlmException(
            LlmFault.ModelNotFound,
            $"provider '{model.Provider}' is not known; set its address under [provider_urls] in config.toml");
        var url = model.BaseUrl is { Length: > 0 } own ? own : BaseUrl(provider);
        if (url.Length == 0)
            throw new LlmException(LlmFault.ModelNotFound, $"{provider.Name} has no base URL; set it with PUT /api/providers/{provider.Id}/url");
        var variable = model.ApiKeyEnv is { Length: > 0 } named ? named : provider.KeyVariable;
        var key = keys.Find(variable) ?? Key(provider);
        // A replaced address is a proxy or a local server: whether it wants a key is its own business.
        var isOwnAddress = !url.Equals(provider.BaseUrl, StringComparison.OrdinalIgnoreCase);
        if (key is null && provider.NeedsKey && !isOwnAddress)
        {
            throw new LlmException(
                LlmFault.Auth,
                $"no API key for {provider.Name}: set {variable} in the daemon's environment or send it to POST /api/providers/{provider.Id}/key");
        }

        var target = new LlmTarget { Provider = provider.Name, ProviderId = provider.Id, BaseUrl = url };
        if (key is null)
            return target;
        var (first, more) = KeyList.Read(keys, variable, key);
        return target with { ApiKey = first, MoreKeys = more };
    }

    /// <summary>The name under which a key that is set over the API is kept.</summary>
    public static string KeyName(Provider provider) => provider.KeyVariable is { Length: > 0 } own ? own : Variable(provider.Id);

    private string? Key(Provider provider) => keys.Find(provider.KeyVariable) ?? keys.Find(Variable(provider.Id));

    private static string Variable(string provider) => provider.ToUpperInvariant().Replace('-', '_') + "_API_KEY";
}

using Fangd.Server.Config;
using Fangd.Server.Providers;
using Fangd.Server.Vault;

namespace Fangd.Server.Security;

/// <summary>The daemon's credentials as they are now: its own key, those of the providers, and all that is in the vault.</summary>
internal sealed class SecretsInUse(FangdConfig config, SecretVault vault, KeyStore keys)
{
    public IEnumerable<string> Values()
    {
        if (config.ApiKey is { } own)
            yield return own.Reveal();
        foreach (var provider in ProviderList.All)
        {
            if (keys.Find(provider.KeyVariable) is not { } several)
                continue;
            // A provider may have several keys, separated by commas.
            foreach (var key in several.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                yield return key;
        }

        foreach (var name in vault.IsThere ? vault.Names : [])
        {
            if (vault.Find(name) is { } value)
                yield return value;
        }
    }
}

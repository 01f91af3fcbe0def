using Fangd.Server.Config;
using Fangd.Server.Vault;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fangd.UnitTests.Vault;

/// <summary>A vault and its lookup in a folder of a test's own.</summary>
internal static class VaultRig
{
    public static SecretVault Vault(string home, Func<string, string?>? environment = null, bool isEnabled = true)
    {
        var config = new VaultConfig(isEnabled, Path.Combine(home, "vault.enc"), Path.Combine(home, "vault.key"));
        return new SecretVault(config, new VaultKeySource(config.KeyFile, environment ?? (_ => null)), NullLogger<SecretVault>.Instance);
    }

    public static KeyStore Keys(string home, Func<string, string?> environment) =>
        new(Vault(home), Path.Combine(home, "secrets.env"), environment, NullLogger<KeyStore>.Instance);
}

using Fangd.Server.Http;

namespace Fangd.Server.Vault;

/// <summary>The secrets of the daemon: the vault, and the lookup that everything named <c>…_env</c> goes through.</summary>
internal sealed class VaultFeature
{
    public VaultFeature(Foundation on)
    {
        var config = on.Config.Vault;
        Vault = new SecretVault(config, new VaultKeySource(config.KeyFile, on.Options.Environment), on.Log<SecretVault>());
        Keys = new KeyStore(Vault, on.InHome("secrets.env"), on.Options.Environment, on.Log<KeyStore>());
    }

    public SecretVault Vault { get; }

    public KeyStore Keys { get; }

    public void Map(RouteTable routes) => new VaultEndpoints(Vault, Keys).Map(routes);
}

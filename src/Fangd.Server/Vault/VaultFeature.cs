using Fangd.Engine.Audit;
using Fangd.Server.Http;
using Fangd.Server.Security;

namespace Fangd.Server.Vault;

/// <summary>The secrets of the daemon: the vault, and the lookup that everything named <c>…_env</c> goes through.</summary>
internal sealed class VaultFeature
{
    private readonly IAuditTrail _audit;

    public VaultFeature(Foundation on)
    {
        _audit = on.Audit;
        var config = on.Config.Vault;
        Vault = new SecretVault(config, new VaultKeySource(config.KeyFile, on.Options.Environment), on.Log<SecretVault>());
        Keys = new KeyStore(Vault, on.InHome("secrets.env"), on.Options.Environment, on.Log<KeyStore>());
    }

    public SecretVault Vault { get; }

    public KeyStore Keys { get; }

    public SecuritySystem Security => new(
        SecuritySystems.SecretZeroization,
        "the vault's key and opened content are zeroed after use; keys in use stay in memory as text, because HTTP headers are text",
        () => Vault.IsEnabled ? null : "the vault is turned off by configuration");

    public void Map(RouteTable routes) => new VaultEndpoints(Vault, Keys, _audit).Map(routes);
}

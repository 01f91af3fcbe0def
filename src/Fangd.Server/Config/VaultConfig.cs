namespace Fangd.Server.Config;

/// <summary>The encrypted file of secrets. <paramref name="File"/> is absolute; <paramref name="KeyFile"/> lies beside it and is used where neither environment nor systemd has a key.</summary>
public sealed record VaultConfig(bool Enabled, string File, string KeyFile)
{
    internal static VaultConfig Read(SectionReader section, string home)
    {
        var read = new VaultConfig(
            section.Boolean("enabled", true),
            HomeFolder.Expand(section.OptionalString("path", "vault.enc") ?? "vault.enc", home),
            HomeFolder.Expand(section.OptionalString("key_file", "vault.key") ?? "vault.key", home));
        section.Finish();
        return read;
    }
}

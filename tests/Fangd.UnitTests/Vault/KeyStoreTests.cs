using Fangd.Server.Http;
using Fangd.TestKit;

namespace Fangd.UnitTests.Vault;

public sealed class KeyStoreTests : IDisposable
{
    private readonly TempFolder _home = new();

    private string SecretsFile => _home["secrets.env"];

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_environment_comes_before_the_vault()
    {
        var keys = VaultRig.Keys(_home.Root, name => name == "A" ? "from the environment" : name == "EMPTY" ? "" : null);
        await keys.Set("A", "from the vault");
        await keys.Set("B", "from the vault");
        await keys.Set("EMPTY", "from the vault");

        Assert.Equal(("from the environment", "from the vault", "from the vault", null), (keys.Find("A"), keys.Find("B"), keys.Find("EMPTY"), keys.Find("C")));
        Assert.Equal((true, false), (keys.IsInEnvironment("A"), keys.IsInEnvironment("EMPTY")));
    }

    [Theory]
    [InlineData("fangd:totp")]
    [InlineData("FANGD_VAULT_KEY")]
    [InlineData("LIBREFANG_VAULT_KEY")]
    [InlineData("OPENFANG_VAULT_KEY")]
    [InlineData("FANGD_API_KEY")]
    public async Task What_protects_the_daemon_is_no_key_for_anybody(string name)
    {
        await VaultRig.Vault(_home.Root).Set(name, "x");

        Assert.Null(VaultRig.Keys(_home.Root, _ => "x").Find(name));
    }

    [Fact]
    public void Keys_of_secrets_env_move_into_the_vault()
    {
        _home.Write("secrets.env", "# mine\nA=1\nB = \"two\"\nno line\nEMPTY=\n");

        Assert.Equal("1", Keys().Find("A"));

        Assert.False(File.Exists(SecretsFile));
        Assert.Equal(["A", "B"], VaultRig.Vault(_home.Root).Names);
        Assert.Equal("two", Keys().Find("B"));
    }

    [Fact]
    public async Task A_move_that_died_after_the_vault_was_saved_is_done_again_and_keeps_what_is_newer()
    {
        await VaultRig.Vault(_home.Root).Set("A", "newer");
        _home.Write("secrets.env", "A=older\nB=2\n");

        Assert.Equal(("newer", "2"), (Keys().Find("A"), Keys().Find("B")));
        Assert.False(File.Exists(SecretsFile));
    }

    [Fact]
    public async Task While_the_vault_is_locked_secrets_env_is_used_and_stays()
    {
        await VaultRig.Vault(_home.Root).Set("X", "x");
        File.Delete(_home["vault.key"]);
        var text = "A=1\n";
        _home.Write("secrets.env", text);
        var keys = Keys();

        Assert.Equal("1", keys.Find("A"));

        Assert.Equal(text, _home.Read("secrets.env"));
        Assert.Equal(ApiFault.Conflict, (await Assert.ThrowsAsync<ApiException>(() => keys.Remove("A"))).Fault);
    }

    private Server.Vault.KeyStore Keys() => VaultRig.Keys(_home.Root, _ => null);
}

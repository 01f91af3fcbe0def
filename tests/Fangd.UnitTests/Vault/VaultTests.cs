using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Fangd.Server.Http;
using Fangd.Server.Vault;
using Fangd.TestKit;

namespace Fangd.UnitTests.Vault;

public sealed class VaultTests : IDisposable
{
    private static readonly ImmutableSortedDictionary<string, string> Some =
        ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, [KeyValuePair.Create("A_KEY", "sk-one"), KeyValuePair.Create("B", "zwei 🦊")]);

    private readonly TempFolder _home = new();

    private string File => _home["vault.enc"];

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task What_is_set_is_found_also_after_a_restart_and_is_not_readable_in_the_file()
    {
        var vault = VaultRig.Vault(_home.Root);
        await vault.Set("A_KEY", "sk-one");
        await vault.Set("B", "zwei 🦊");

        var again = VaultRig.Vault(_home.Root);
        Assert.Equal(("sk-one", "zwei 🦊", null), (again.Find("A_KEY"), again.Find("B"), again.Find("C")));
        Assert.Equal(["A_KEY", "B"], again.Names);
        var text = Encoding.Latin1.GetString(await System.IO.File.ReadAllBytesAsync(File, TestContext.Current.CancellationToken));
        Assert.DoesNotContain("sk-one", text, StringComparison.Ordinal);
        Assert.DoesNotContain("A_KEY", text, StringComparison.Ordinal);
        foreach (var file in new[] { File, _home["vault.key"] })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(file));

        Assert.True(await again.Remove("B"));
        Assert.False(await again.Remove("B"));
        Assert.Equal(["A_KEY"], VaultRig.Vault(_home.Root).Names);
    }

    [Fact]
    public void Any_changed_cut_off_or_added_byte_is_noticed()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var file = VaultFormat.Seal(Some, key);
        Assert.Equal(Some, VaultFormat.Open(file, key));

        for (var at = 0; at < file.Length; at++)
        {
            var changed = (byte[])file.Clone();
            changed[at] ^= 1;
            Assert.Throws<VaultException>(() => VaultFormat.Open(changed, key));
            Assert.Throws<VaultException>(() => VaultFormat.Open(file.AsSpan(0, at), key));
        }

        Assert.Throws<VaultException>(() => VaultFormat.Open([.. file, 0], key));
    }

    [Fact]
    public void The_same_secrets_never_make_the_same_bytes()
    {
        var key = RandomNumberGenerator.GetBytes(32);

        Assert.NotEqual(VaultFormat.Seal(Some, key)[5..17], VaultFormat.Seal(Some, key)[5..17]);
    }

    [Fact]
    public async Task A_wrong_key_locks_the_vault_and_leaves_its_file_alone()
    {
        await VaultRig.Vault(_home.Root, Key("FANGD_VAULT_KEY", 1)).Set("A_KEY", "sk-one");
        var before = await System.IO.File.ReadAllBytesAsync(File, TestContext.Current.CancellationToken);
        var vault = VaultRig.Vault(_home.Root, Key("FANGD_VAULT_KEY", 2));

        Assert.Null(vault.Find("A_KEY"));
        Assert.Equal("""{"state":"locked","key_source":"environment FANGD_VAULT_KEY","error":"the key does not fit, or the file was damaged"}""", vault.Status().ToString());
        var refused = await Assert.ThrowsAsync<ApiException>(() => vault.Set("B", "x"));
        Assert.Equal((ApiFault.Unavailable, "B cannot be had: the vault is locked: the key does not fit, or the file was damaged"), (refused.Fault, refused.Message));
        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(File, TestContext.Current.CancellationToken));
        Assert.Equal("sk-one", VaultRig.Vault(_home.Root, Key("FANGD_VAULT_KEY", 1)).Find("A_KEY"));
    }

    [Fact]
    public async Task A_lost_key_file_is_not_replaced_by_another()
    {
        await VaultRig.Vault(_home.Root).Set("A_KEY", "sk-one");
        System.IO.File.Move(_home["vault.key"], _home["elsewhere"]);
        var vault = VaultRig.Vault(_home.Root);

        Assert.Null(vault.Find("A_KEY"));
        await Assert.ThrowsAsync<ApiException>(() => vault.Set("B", "x"));
        Assert.Contains("its key is missing: put vault.key back", vault.Status().Error, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(_home["vault.key"]));

        // The key came back: the next look finds it, without a restart.
        System.IO.File.Move(_home["elsewhere"], _home["vault.key"]);
        Assert.Equal("open", vault.Status().State);
        Assert.Equal("sk-one", vault.Find("A_KEY"));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    public async Task A_key_file_that_others_can_use_is_refused(UnixFileMode also)
    {
        await VaultRig.Vault(_home.Root).Set("A_KEY", "sk-one");
        System.IO.File.SetUnixFileMode(_home["vault.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite | also);

        Assert.Equal($"its key file can be read by other users: chmod 600 {_home["vault.key"]}", VaultRig.Vault(_home.Root).Status().Error);
    }

    [Theory]
    [InlineData("FANGD_VAULT_KEY")]
    [InlineData("LIBREFANG_VAULT_KEY")]
    [InlineData("OPENFANG_VAULT_KEY")]
    public async Task A_key_of_the_environment_makes_no_file(string variable)
    {
        var vault = VaultRig.Vault(_home.Root, Key(variable, 7));

        await vault.Set("A_KEY", "sk-one");

        Assert.Equal($$"""{"state":"open","key_source":"environment {{variable}}"}""", vault.Status().ToString());
        Assert.False(System.IO.File.Exists(_home["vault.key"]));
        Assert.Equal("sk-one", VaultRig.Vault(_home.Root, Key("FANGD_VAULT_KEY", 7)).Find("A_KEY"));
    }

    [Fact]
    public async Task A_credential_of_systemd_is_the_key()
    {
        _home.Write("credentials/fangd-vault-key", Convert.ToBase64String(Bytes(3)) + "\n");
        var vault = VaultRig.Vault(_home.Root, name => name == "CREDENTIALS_DIRECTORY" ? _home["credentials"] : null);

        await vault.Set("A_KEY", "sk-one");

        Assert.Equal("systemd credential", vault.Status().KeySource);
        Assert.Equal("sk-one", VaultRig.Vault(_home.Root, Key("FANGD_VAULT_KEY", 3)).Find("A_KEY"));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task What_is_no_key_is_said_to_be_none_and_not_repeated(string text)
    {
        var vault = VaultRig.Vault(_home.Root, name => name == "FANGD_VAULT_KEY" ? text : null);

        var refused = await Assert.ThrowsAsync<ApiException>(() => vault.Set("A_KEY", "sk-one"));

        Assert.Contains("FANGD_VAULT_KEY in the environment is not the base64 of 32 bytes", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\"" + text, refused.Message, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public async Task What_a_death_between_write_and_rename_left_beside_the_file_does_no_harm()
    {
        await VaultRig.Vault(_home.Root).Set("A_KEY", "sk-one");
        _home.Write($"vault.enc.{Environment.ProcessId}.new", "half of a new one");

        var vault = VaultRig.Vault(_home.Root);
        Assert.Equal("sk-one", vault.Find("A_KEY"));
        await vault.Set("B", "x");

        Assert.Equal(["A_KEY", "B"], VaultRig.Vault(_home.Root).Names);
        Assert.False(System.IO.File.Exists($"{File}.{Environment.ProcessId}.new"));
    }

    [Fact]
    public async Task A_vault_that_cannot_be_replaced_keeps_what_it_had_in_file_and_memory()
    {
        var vault = VaultRig.Vault(_home.Root);
        await vault.Set("A_KEY", "sk-one");
        // Where the new file would be written there is a folder with something in it.
        _home.Write($"vault.enc.{Environment.ProcessId}.new/x", "");

        await Assert.ThrowsAnyAsync<Exception>(() => vault.Set("A_KEY", "sk-two"));

        Assert.Equal(("sk-one", "sk-one"), (vault.Find("A_KEY"), VaultRig.Vault(_home.Root).Find("A_KEY")));
    }

    [Fact]
    public async Task A_vault_that_is_off_takes_nothing()
    {
        var vault = VaultRig.Vault(_home.Root, isEnabled: false);

        Assert.Equal("A cannot be had: the vault is off ([vault] enabled = false)", (await Assert.ThrowsAsync<ApiException>(() => vault.Set("A", "x"))).Message);
        Assert.Equal("""{"state":"off"}""", vault.Status().ToString());
        Assert.Null(vault.Find("A"));
    }

    private static byte[] Bytes(byte fill) => [.. Enumerable.Repeat(fill, 32)];

    private static Func<string, string?> Key(string variable, byte fill) => name => name == variable ? Convert.ToBase64String(Bytes(fill)) : null;
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Fangd.Server.Vault;

/// <summary>
/// Where the vault's key comes from, the first that is there: <c>FANGD_VAULT_KEY</c> (or <c>LIBREFANG_</c>, <c>OPENFANG_VAULT_KEY</c>), systemd's
/// credential <c>fangd-vault-key</c>, a key file in the home. Each is the base64 of 32 bytes. The key is read when it is needed and zeroed
/// after; no keyring is asked, because servers have none.
/// </summary>
internal sealed class VaultKeySource(string keyFile, Func<string, string?> environment)
{
    public const int KeyBytes = 32;

    private const string Credential = "fangd-vault-key";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    private static readonly string[] Variables = ["FANGD_VAULT_KEY", "LIBREFANG_VAULT_KEY", "OPENFANG_VAULT_KEY"];

    /// <summary>The active source in a word or two, for people: <c>environment FANGD_VAULT_KEY</c>, <c>systemd credential</c> or <c>key file</c>.</summary>
    public string Name => Variable() is { } variable ? $"environment {variable}" : CredentialFile() is not null ? "systemd credential" : "key file";

    /// <summary>The key; the caller zeroes it. Throws <see cref="VaultException"/> when there is none or it is no key.</summary>
    /// <param name="mayCreate">A missing key file is made: right only while there is no vault that another key has sealed.</param>
    public PinnedBytes Read(bool mayCreate)
    {
        if (Variable() is { } variable)
            return Decoded(Encoding.ASCII.GetBytes(environment(variable)!), $"{variable} in the environment");
        if (CredentialFile() is { } credential)
            return Decoded(File.ReadAllBytes(credential), $"systemd's credential {Credential}");
        if (!File.Exists(keyFile))
        {
            if (!mayCreate)
                throw new VaultException($"its key is missing: put {Path.GetFileName(keyFile)} back into the home, or set FANGD_VAULT_KEY");
            Create();
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(keyFile) & Others) != 0)
            throw new VaultException($"its key file can be read by other users: chmod 600 {keyFile}");
        return Decoded(File.ReadAllBytes(keyFile), $"the key file {keyFile}");
    }

    private string? Variable() => Array.Find(Variables, name => environment(name) is { Length: > 0 });

    private string? CredentialFile() =>
        environment("CREDENTIALS_DIRECTORY") is { Length: > 0 } folder && Path.Combine(folder, Credential) is var file && File.Exists(file) ? file : null;

    /// <summary>Only whole keys come to their name: a start that dies in between makes another one.</summary>
    private void Create()
    {
        using var key = new PinnedBytes(KeyBytes);
        RandomNumberGenerator.Fill(key.Span);
        using var text = new PinnedBytes(Base64.GetMaxEncodedToUtf8Length(KeyBytes));
        Base64.EncodeToUtf8(key.Span, text.Span, out _, out var written);
        Config.AtomicFile.Replace(keyFile, text.Span[..written]);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(keyFile, OwnerOnly);
    }

    private static PinnedBytes Decoded(byte[] text, string source)
    {
        var key = new PinnedBytes(KeyBytes);
        try
        {
            var trimmed = text.AsSpan().Trim(" \t\r\n"u8);
            // Three more than a key: what is a little too long must not pass as its beginning.
            using var room = new PinnedBytes(KeyBytes + 3);
            if (Base64.DecodeFromUtf8(trimmed, room.Span, out var read, out var written) == System.Buffers.OperationStatus.Done && read == trimmed.Length && written == KeyBytes)
            {
                room.Span[..KeyBytes].CopyTo(key.Span);
                return key;
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }

        key.Dispose();
        throw new VaultException($"{source} is not the base64 of {KeyBytes} bytes: make one with openssl rand -base64 {KeyBytes}");
    }
}

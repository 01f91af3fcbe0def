using System.Security.Cryptography;
using System.Text;
using Fangd.Server.Vault;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.A2a.Push;

/// <summary>
/// Keeps what webhooks are shown for their trust out of the database's plain sight: AES-256-GCM under a key of its own, which lies in the vault and is
/// made when first needed. Where the vault is turned off there is no better place than the database; the log says so once.
/// </summary>
internal sealed partial class PushSeal(SecretVault vault, ILogger<PushSeal> log)
{
    private const string KeyName = "a2a:push";
    private const string Sealed = "s:", Plain = "p:";
    private const int NonceSize = 12, TagSize = 16;

    // Held while the key is made: a second one would make what the first sealed unreadable.
    private readonly SemaphoreSlim _making = new(1, 1);
    private bool _isTold;

    /// <summary>As a row keeps it. Throws 503 when the vault is locked.</summary>
    /// <param name="secret">Null for none.</param>
    /// <param name="place">What it belongs to: it opens nowhere else.</param>
    public async Task<string?> Close(string? secret, string place)
    {
        if (secret is null)
            return null;
        if (!vault.IsEnabled)
        {
            if (!_isTold)
                KeptPlain();
            _isTold = true;
            return Plain + secret;
        }

        var key = Convert.FromBase64String(await Key());
        var text = Encoding.UTF8.GetBytes(secret);
        var bytes = new byte[NonceSize + TagSize + text.Length];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, NonceSize));
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(bytes.AsSpan(0, NonceSize), text, bytes.AsSpan(NonceSize + TagSize), bytes.AsSpan(NonceSize, TagSize), Encoding.UTF8.GetBytes(place));
        return Sealed + Convert.ToBase64String(bytes);
    }

    /// <summary>As it was closed. Throws 503 when the vault is locked or has lost the key.</summary>
    public string? Open(string? kept, string place)
    {
        if (kept is null || kept.StartsWith(Plain, StringComparison.Ordinal))
            return kept?[Plain.Length..];
        var key = Convert.FromBase64String(vault.Find(KeyName) ?? throw vault.Unusable("the token of the webhook"));
        var bytes = Convert.FromBase64String(kept[Sealed.Length..]);
        var text = new byte[bytes.Length - NonceSize - TagSize];
        using var aes = new AesGcm(key, TagSize);
        try
        {
            aes.Decrypt(bytes.AsSpan(0, NonceSize), bytes.AsSpan(NonceSize + TagSize), bytes.AsSpan(NonceSize, TagSize), text, Encoding.UTF8.GetBytes(place));
        }
        catch (AuthenticationTagMismatchException)
        {
            throw vault.Unusable("the token of the webhook, which was sealed with another key,");
        }

        return Encoding.UTF8.GetString(text);
    }

    private async Task<string> Key()
    {
        if (vault.Find(KeyName) is { } known)
            return known;
        await _making.WaitAsync();
        try
        {
            if (vault.Find(KeyName) is { } made)
                return made;
            var fresh = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
            await vault.Set(KeyName, fresh);
            return fresh;
        }
        finally
        {
            _making.Release();
        }
    }

    [LoggerMessage(LogLevel.Warning, "The vault is off, so the tokens of A2A webhooks are kept in the database as they are.")]
    private partial void KeptPlain();
}

using System.Collections.Immutable;
using Fangd.Server.Config;
using Fangd.Server.Http;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Vault;

/// <summary>
/// Secrets by the name of their environment variable; whatever the configuration or a manifest names as <c>…_env</c> is looked up here:
/// the environment, then the vault, then a <c>secrets.env</c> of other programs, whose keys move into the vault when it is first looked into.
/// </summary>
internal sealed partial class KeyStore(SecretVault vault, string secretsFile, Func<string, string?> environment, ILogger<KeyStore> log)
{
    // Guards the one look into secrets.env.
    private readonly Lock _gate = new();
    private volatile ImmutableDictionary<string, string>? _legacy;

    /// <summary>The key, or null; an empty one counts as none.</summary>
    public string? Find(string variable)
    {
        if (variable.Length == 0 || IsOwn(variable))
            return null;
        if (environment(variable) is { Length: > 0 } set)
            return set;
        var legacy = Legacy();
        return vault.Find(variable) ?? legacy.GetValueOrDefault(variable);
    }

    /// <summary>Whether the environment has it: then that is the one in force, whatever the vault holds.</summary>
    public bool IsInEnvironment(string variable) => environment(variable) is { Length: > 0 };

    public Task Set(string variable, string key)
    {
        _ = Legacy();
        return vault.Set(variable, key);
    }

    /// <summary>Forgets a key that was set over the API; false when there was none.</summary>
    public async Task<bool> Remove(string variable)
    {
        if (Legacy().ContainsKey(variable))
            throw new ApiException(ApiFault.Conflict, $"{variable} stands in secrets.env, which could not be moved into the vault: take it out there");
        return vault.IsEnabled && await vault.Remove(variable);
    }

    /// <summary>
    /// What protects the daemon itself is nobody's key: a manifest from elsewhere that names it, with an address of its author's, would have it sent there.
    /// </summary>
    private static bool IsOwn(string variable) =>
        variable.Contains(':') || variable.EndsWith("FANG_VAULT_KEY", StringComparison.Ordinal) || variable is "FANGD_VAULT_KEY" or "FANGD_API_KEY";

    /// <summary>What is left in <c>secrets.env</c>: nothing once it has moved.</summary>
    private ImmutableDictionary<string, string> Legacy()
    {
        if (_legacy is { } known)
            return known;
        lock (_gate)
            return _legacy ??= Import();
    }

    /// <summary>
    /// Moves the file's keys into the vault: saved and synced first, read back from the disk, then the file goes. Whatever dies in between, the
    /// keys are in at least one of the two, and the next start does it again. Newer ones in the vault stay.
    /// </summary>
    private ImmutableDictionary<string, string> Import()
    {
        if (!File.Exists(secretsFile))
            return ImmutableDictionary<string, string>.Empty;
        var keys = Read();
        if (!vault.IsEnabled)
            return keys;
        try
        {
            var fresh = keys.Where(pair => vault.Find(pair.Key) is null).ToList();
            vault.SetAllNow(fresh);
            if (!vault.IsKept(fresh))
                return keys;
            File.Delete(secretsFile);
            Imported(fresh.Count, secretsFile);
            return ImmutableDictionary<string, string>.Empty;
        }
        catch (Exception refused) when (refused is ApiException or IOException or UnauthorizedAccessException)
        {
            NotImported(secretsFile, FileTrouble.Of(refused));
            return keys;
        }
    }

    private ImmutableDictionary<string, string> Read()
    {
        var keys = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(secretsFile))
        {
            var equals = line.IndexOf('=');
            if (equals > 0 && !line.StartsWith('#') && line[(equals + 1)..].Trim().Trim('"') is { Length: > 0 } value)
                keys[line[..equals].Trim()] = value;
        }

        return keys.ToImmutable();
    }

    [LoggerMessage(LogLevel.Information, "{Count} keys moved from {File} into the vault.")]
    private partial void Imported(int count, string file);

    [LoggerMessage(LogLevel.Warning, "The keys in {File} are used and stay there: {Reason}.")]
    private partial void NotImported(string file, string reason);
}

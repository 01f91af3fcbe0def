using System.Collections.Immutable;
using Fangd.Server.Config;
using Fangd.Server.Http;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Vault;

/// <summary>
/// Secrets by name in one encrypted file. It is opened when the first secret is asked for, and then held in memory: a lookup decrypts
/// nothing. A vault that cannot be opened is never written to, so its file outlives a wrong key.
/// </summary>
internal sealed partial class SecretVault(VaultConfig config, VaultKeySource keys, ILogger<SecretVault> log)
{
    // Guards opening and saving: one at a time. Readers of _secrets need no lock.
    private readonly Lock _gate = new();
    private volatile ImmutableSortedDictionary<string, string>? _secrets;
    private volatile string? _fault;

    /// <summary>A vault that was saved before is there.</summary>
    public bool IsThere => File.Exists(config.File);

    public bool IsEnabled => config.Enabled;

    /// <summary>Opens a vault that is there, so that a wrong key is told at the start and not at the first call that needs it.</summary>
    public void Look()
    {
        if (config.Enabled && IsThere)
            Opened();
    }

    /// <summary>Null for a name that is not there, and when the vault cannot be opened: then <see cref="Status"/> says why.</summary>
    public string? Find(string name) => Opened()?.GetValueOrDefault(name);

    /// <summary>All names in order; empty when the vault cannot be opened.</summary>
    public IEnumerable<string> Names => Opened()?.Keys ?? [];

    /// <summary>Keeps a secret; it is on the disk when this returns. Throws what <see cref="Unusable"/> makes.</summary>
    public Task Set(string name, string value) => Task.Run(() => Save(name, old => old.SetItem(name, value)));

    /// <summary>As <see cref="Set"/>, all of them or none, on the caller's thread.</summary>
    public void SetAllNow(IReadOnlyCollection<KeyValuePair<string, string>> secrets)
    {
        if (secrets.Count > 0)
            Save("secrets.env", old => old.SetItems(secrets));
    }

    /// <summary>Forgets a secret; false when there is none of this name.</summary>
    public async Task<bool> Remove(string name)
    {
        if (Opened()?.ContainsKey(name) is false)
            return false;
        await Task.Run(() => Save(name, old => old.Remove(name)));
        return true;
    }

    public VaultStatus Status()
    {
        if (!config.Enabled)
            return new VaultStatus("off", null, null);
        if (!IsThere)
            return new VaultStatus("empty", keys.Name, null);
        lock (_gate)
            _secrets ??= Read();
        return _secrets is null ? new VaultStatus("locked", keys.Name, _fault) : new VaultStatus("open", keys.Name, null);
    }

    /// <summary>The refusal of what needs the vault while it cannot be used.</summary>
    public ApiException Unusable(string what) => new(
        ApiFault.Unavailable,
        config.Enabled ? $"{what} cannot be had: the vault is locked: {Sentence()}" : $"{what} cannot be had: the vault is off ([vault] enabled = false)");

    /// <summary>Opens the file anew, as a restart would, and compares; for who is about to delete the only other copy.</summary>
    public bool IsKept(IEnumerable<KeyValuePair<string, string>> secrets)
    {
        lock (_gate)
            return Read() is { } kept && secrets.All(pair => kept.GetValueOrDefault(pair.Key) == pair.Value);
    }

    private ImmutableSortedDictionary<string, string>? Opened()
    {
        if (_secrets is { } open)
            return open;
        // A locked one is tried again when somebody asks how it is or changes it, not with every call of a model.
        if (!config.Enabled || _fault is not null)
            return null;
        lock (_gate)
            return _secrets ??= Read();
    }

    /// <summary>Null, with the reason in <see cref="_fault"/>, when it cannot be opened.</summary>
    private ImmutableSortedDictionary<string, string>? Read()
    {
        if (!IsThere)
            return ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
        try
        {
            if (new FileInfo(config.File).Length > VaultFormat.MostBytes)
                throw new VaultException("it is too large to be a vault");
            using var key = keys.Read(mayCreate: false);
            var secrets = VaultFormat.Open(File.ReadAllBytes(config.File), key.Span);
            _fault = null;
            return secrets;
        }
        catch (Exception refused) when (refused is VaultException or IOException or UnauthorizedAccessException)
        {
            var fault = refused is VaultException ? refused.Message : "its file or key cannot be read by this user";
            if (fault != _fault)
                Locked(config.File, fault);
            _fault = fault;
            return null;
        }
    }

    private void Save(string what, Func<ImmutableSortedDictionary<string, string>, ImmutableSortedDictionary<string, string>> change)
    {
        lock (_gate)
        {
            var old = config.Enabled ? _secrets ??= Read() : null;
            if (old is null)
                throw Unusable(what);
            var changed = change(old);
            try
            {
                using var key = keys.Read(mayCreate: !IsThere);
                var file = VaultFormat.Seal(changed, key.Span);
                if (file.Length > VaultFormat.MostBytes)
                    throw new ApiException(ApiFault.TooLarge, "the vault is full");
                AtomicFile.Replace(config.File, file);
            }
            catch (VaultException refused)
            {
                _fault = refused.Message;
                throw Unusable(what);
            }

            _secrets = changed;
        }
    }

    // The path of the home is no secret to whoever starts the daemon, but it does not belong into an answer.
    private string Sentence() => (_fault ?? "it cannot be opened").Replace(Path.GetDirectoryName(config.File)! + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);

    [LoggerMessage(LogLevel.Error, "The vault {File} is locked and left as it is: {Reason}.")]
    private partial void Locked(string file, string reason);
}

using Fangd.Engine.Audit;
using Fangd.Server.Http;
using Fangd.Toml;

namespace Fangd.Server.Config;

/// <summary>
/// Changes <c>config.toml</c> and puts in force what can be without a restart. One change at a time; what was in force is known key by key, so
/// only what changed is applied.
/// </summary>
internal sealed class ConfigChanges(ServerOptions options, HotSettings hot, IAuditTrail audit)
{
    private const int MostLevels = 3;

    /// <summary>What decides who gets in and where things lie is for whoever can edit the file.</summary>
    private static readonly string[] _closed =
        ["api_key", "allow_unauthenticated", "api_listen", "listener", "trusted_proxies", "home_dir", "data_dir", "workspaces_dir", "vault", "cors_origins", "external_auth"];

    private readonly SemaphoreSlim _one = new(1);
    private readonly Dictionary<string, string> _inForce = Values(options.ConfigEntries);

    /// <summary>Sets one key in the file. 400 for one that is not known or a value that does not fit, 403 for one that is closed.</summary>
    public async Task<ConfigOutcome> Set(string key, TomlValue value)
    {
        var parts = key.Split('.');
        if (parts.Length > MostLevels)
            throw ApiException.BadRequest($"path '{key}' has {parts.Length} levels; at most {MostLevels} are possible");
        if (_closed.Contains(parts[0]))
            throw new ApiException(ApiFault.Forbidden, $"path '{key}' may not be set over the API: edit config.toml and restart");
        await _one.WaitAsync();
        try
        {
            return await Apply(await Task.Run(() => Write(key, value)));
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Reads the file again. 400 when it has faults; what was in force stays then.</summary>
    /// <param name="only">The one action that is wanted; what else changed is then left for another time.</param>
    public async Task<ConfigOutcome> Reload(string? only = null)
    {
        await _one.WaitAsync();
        try
        {
            var load = await Task.Run(() => ConfigFile.Load(options.HomeOverride, options.ConfigFile, options.Environment));
            return await Apply(load.Config is not null ? load : throw ApiException.BadRequest($"config.toml has faults: {load.Problems.Faults.First()}"), only);
        }
        finally
        {
            _one.Release();
        }
    }

    private ConfigLoad Write(string key, TomlValue value)
    {
        try
        {
            var load = ConfigFile.Set(options.ConfigFile, options.HomeOverride, key, value, options.Environment);
            if (load.Config is not null)
                return load;
            var fault = load.Problems.Faults.First();
            throw ApiException.BadRequest(fault.KeyPath.Length > 0 ? $"{fault.KeyPath}: {fault.Message}" : fault.Message);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new ApiException(ApiFault.Unavailable, "config.toml cannot be written, so the change would be lost at the next start");
        }
    }

    private async Task<ConfigOutcome> Apply(ConfigLoad load, string? only = null)
    {
        var now = Values(load.Entries);
        var changed = now.Keys.Union(_inForce.Keys)
            .Where(key => now.GetValueOrDefault(key) != _inForce.GetValueOrDefault(key) && (only is null || HotSettings.ActionOf(key) == only))
            .Order(StringComparer.Ordinal)
            .ToList();
        var actions = changed.Select(HotSettings.ActionOf).OfType<string>().Distinct().ToList();
        foreach (var action in actions)
            await hot.Apply(action, load.Config!);
        var waiting = changed.Where(key => HotSettings.ActionOf(key) is null).ToList();
        // What waits for a restart is not in force, so the next look finds it again.
        foreach (var key in changed.Except(waiting))
        {
            if (now.TryGetValue(key, out var value))
                _inForce[key] = value;
            else
                _inForce.Remove(key);
        }

        if (changed.Count > 0)
            await audit.Record(new AuditEntry(AuditAction.ConfigChange, null, $"Configuration changed: {string.Join(", ", changed)}", "ok"));
        return new ConfigOutcome(actions, waiting);
    }

    private static Dictionary<string, string> Values(IEnumerable<ConfigEntry> entries)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in entries)
            values[entry.KeyPath] = entry.Value;
        return values;
    }
}

/// <summary>What a change came to: the parts that are in force now, and the keys that wait for a restart.</summary>
internal sealed record ConfigOutcome(IReadOnlyList<string> Applied, IReadOnlyList<string> Waiting);

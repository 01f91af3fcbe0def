using System.Collections.Immutable;
using System.Text;

namespace Fangd.Server.Providers;

/// <summary>
/// API keys by the name of their environment variable: those that were set over the API, kept in <c>secrets.env</c> (mode 0600), then
/// those of the process environment. What was set over the API wins, so that it takes effect at once.
/// </summary>
internal sealed class KeyStore
{
    private readonly string _file;
    private readonly Func<string, string?> _environment;
    // Guards the file: one replacement at a time.
    private readonly Lock _writing = new();
    private volatile ImmutableSortedDictionary<string, string> _kept;

    public KeyStore(string file, Func<string, string?> environment)
    {
        _file = file;
        _environment = environment;
        _kept = Read(file);
    }

    /// <summary>The key, or null; an empty one counts as none.</summary>
    public string? Find(string variable)
    {
        if (variable.Length == 0)
            return null;
        return _kept.TryGetValue(variable, out var kept) ? kept : _environment(variable) is { Length: > 0 } set ? set : null;
    }

    public void Set(string variable, string key)
    {
        lock (_writing)
            Replace(_kept.SetItem(variable, key));
    }

    /// <summary>Forgets a key that was set over the API; false when there was none.</summary>
    public bool Remove(string variable)
    {
        lock (_writing)
        {
            if (!_kept.ContainsKey(variable))
                return false;
            Replace(_kept.Remove(variable));
            return true;
        }
    }

    private void Replace(ImmutableSortedDictionary<string, string> keys)
    {
        var text = new StringBuilder("# Keys that were set over the API. One NAME=value a line.\n");
        foreach (var (name, value) in keys)
            text.Append(name).Append('=').Append(value).Append('\n');
        var beside = _file + ".new";
        File.Delete(beside);
        using (var stream = new FileStream(beside, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
            stream.Flush(flushToDisk: true);
        }

        File.Move(beside, _file, overwrite: true);
        _kept = keys;
    }

    private static ImmutableSortedDictionary<string, string> Read(string file)
    {
        var keys = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (!File.Exists(file))
            return keys.ToImmutable();
        foreach (var line in File.ReadLines(file))
        {
            var equals = line.IndexOf('=');
            if (equals > 0 && !line.StartsWith('#'))
                keys[line[..equals].Trim()] = line[(equals + 1)..].Trim().Trim('"');
        }

        return keys.ToImmutable();
    }
}

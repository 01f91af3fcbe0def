using Fangd.Toml;

namespace Fangd.Server.Config;

/// <summary>
/// What came of reading the configuration, which is null when there are faults. <paramref name="Entries"/> has every key
/// with its value and where it came from, in the order of reading; <paramref name="File"/> is the file that was looked for.
/// </summary>
public sealed record ConfigLoad(FangdConfig? Config, Problems Problems, IReadOnlyList<ConfigEntry> Entries, string File);

/// <summary>Reads and changes <c>config.toml</c>.</summary>
public static class ConfigFile
{
    private const long MaxBytes = 1024 * 1024;

    private static readonly (string Variable, string Key)[] _overrides =
        [("FANGD_LISTEN", "api_listen"), ("FANGD_API_KEY", "api_key"), ("FANGD_LOG_LEVEL", "log_level")];

    /// <summary>The file that a daemon with these settings reads.</summary>
    public static string Find(string? homeOverride, string? configPathOverride, Func<string, string?> environment) =>
        configPathOverride is { Length: > 0 }
            ? Path.GetFullPath(configPathOverride)
            : Path.Combine(HomeFolder.Find(homeOverride, environment), "config.toml");

    /// <summary>
    /// Reads the file and the environment. No file at the usual place means the defaults; no file at a place that was
    /// named is a fault.
    /// </summary>
    public static ConfigLoad Load(string? homeOverride, string? configPathOverride, Func<string, string?> environment)
    {
        var file = Find(homeOverride, configPathOverride, environment);
        var problems = new Problems();
        var bytes = ReadBytes(file, configPathOverride is { Length: > 0 }, problems);
        return bytes is null ? new ConfigLoad(null, problems, [], file) : Parse(bytes, file, homeOverride, environment, problems);
    }

    /// <summary>
    /// Sets one dotted key (<c>budget.max_daily_usd</c>, <c>listener.0.address</c>) and leaves the rest of the file as
    /// it is; a null removes it. The file is replaced in one step, and only when the result is a configuration without
    /// faults. Two callers at once are not kept apart: the last one wins.
    /// </summary>
    /// <returns>What is wrong with the result; without faults it is in the file.</returns>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static ConfigLoad Set(string file, string? homeOverride, string dottedKey, TomlValue? value, Func<string, string?> environment)
    {
        var problems = new Problems();
        if (ReadBytes(file, mustExist: false, problems) is not { } bytes)
            return new ConfigLoad(null, problems, [], file);

        string text;
        try
        {
            text = Edited(System.Text.Encoding.UTF8.GetString(bytes), dottedKey, value);
        }
        catch (TomlException refused)
        {
            problems.Fault(default, dottedKey, refused.Message);
            return new ConfigLoad(null, problems, [], file);
        }

        var edited = System.Text.Encoding.UTF8.GetBytes(text);
        var load = Parse(edited, file, homeOverride, environment, problems);
        if (load.Config is not null && !bytes.AsSpan().SequenceEqual(edited))
            AtomicFile.Replace(file, edited);
        return load;
    }

    /// <summary>Reads a text as if it stood in <paramref name="file"/>.</summary>
    internal static ConfigLoad Parse(ReadOnlySpan<byte> utf8, string file, string? homeOverride, Func<string, string?> environment, Problems problems)
    {
        var document = TomlReader.Read(utf8);
        problems.AddFaultsOf(document);

        var entries = new List<ConfigEntry>();
        var scope = new ReadScope(problems) { UnknownKeysAreFaults = true, Entries = entries, Overrides = Overrides(environment) };
        var isHomeNamed = homeOverride is { Length: > 0 } || environment("FANGD_HOME") is { Length: > 0 };
        var home = HomeFolder.Find(homeOverride, environment);
        var config = FangdConfig.Read(new SectionReader(document.Root, scope), home, isHomeNamed);
        if (isHomeNamed)
            entries[0] = entries[0] with { Value = new TomlString(home).ToString(), Origin = homeOverride is { Length: > 0 } ? "command line" : "FANGD_HOME" };
        problems.Sort();
        return new ConfigLoad(problems.HasFaults ? null : config, problems, entries, file);
    }

    private static string Edited(string text, string dottedKey, TomlValue? value)
    {
        if (TomlKey.Parse(dottedKey) is not { } path)
            throw new TomlException("not a key: it is made of names with dots between them");

        var editor = new TomlEditor(text);
        if (value is not null)
            editor.Set(path, value);
        else
            editor.Remove(path);
        return editor.Text;
    }

    private static Dictionary<string, EnvironmentValue> Overrides(Func<string, string?> environment)
    {
        var overrides = new Dictionary<string, EnvironmentValue>(StringComparer.Ordinal);
        foreach (var (variable, key) in _overrides)
        {
            if (environment(variable) is { Length: > 0 } text)
                overrides.Add(key, new EnvironmentValue(variable, new TomlString(text)));
        }

        return overrides;
    }

    private static byte[]? ReadBytes(string file, bool mustExist, Problems problems)
    {
        try
        {
            if (!File.Exists(file))
            {
                if (!mustExist && !Directory.Exists(file))
                    return [];
                problems.Fault(default, "", Directory.Exists(file) ? $"{file} is a folder" : $"there is no {file}");
                return null;
            }

            if (new FileInfo(file).Length > MaxBytes)
            {
                problems.Fault(default, "", $"{file} is larger than 1 MiB");
                return null;
            }

            return File.ReadAllBytes(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            problems.Fault(default, "", $"{file} cannot be read: {FileTrouble.Of(unreadable)}");
            return null;
        }
    }
}

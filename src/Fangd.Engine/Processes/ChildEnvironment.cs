namespace Fangd.Engine.Processes;

/// <summary>The environment of a child: nothing of the daemon's but what is named, for keys and tokens lie in there.</summary>
internal static class ChildEnvironment
{
    private const string UsualPath = "/usr/local/bin:/usr/bin:/bin";

    private static readonly string[] _passing = ["HOME", "TMPDIR", "TMP", "TEMP", "LANG", "LC_ALL", "TERM"];

    /// <summary>The folders in which programs are looked up: the absolute ones of the daemon's <c>PATH</c>.</summary>
    public static IReadOnlyList<string> Folders(Func<string, string?> variable)
    {
        var path = variable("PATH") is { Length: > 0 } own ? own : UsualPath;
        return [.. path.Split(':', StringSplitOptions.RemoveEmptyEntries).Where(folder => folder[0] == '/').Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Lines of the form NAME=VALUE.</summary>
    public static IReadOnlyList<string> Of(ProcessSpec spec, Func<string, string?> variable)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = string.Join(':', Folders(variable)) };
        foreach (var name in _passing.Concat(spec.PassThrough))
        {
            if (variable(name) is { } value)
                all[name] = value;
        }
        foreach (var (name, value) in spec.Environment)
            all[name] = value;
        return [.. all.Where(pair => IsPossible(pair.Key, pair.Value)).Select(pair => $"{pair.Key}={pair.Value}")];
    }

    private static bool IsPossible(string name, string value) => !name.AsSpan().ContainsAny('=', '\0') && !value.Contains('\0');
}

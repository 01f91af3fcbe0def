using Fangd.Toml;

namespace Fangd.Server.Config;

/// <summary>
/// Keys of the documents whose feature is not there yet. They are taken, so that one file can serve now and later,
/// kept as they are, and each says that it does nothing.
/// </summary>
internal static class LaterKeys
{
    private static readonly string[] _tables =
    [
        "network", "extensions", "reload", "broadcast", "auto_reply", "canvas", "docker",
        "links", "auth", "auth_profiles", "thinking", "provider_api_keys", "heartbeat", "channels", "skills", "hands",
        "telemetry", "proxy", "session", "compaction", "queue",
    ];

    private static readonly string[] _lists = ["bindings", "users", "include"];

    private static readonly string[] _texts = ["mode", "language", "usage_footer"];

    private static readonly string[] _numbers = ["max_cron_jobs", "agent_max_iterations", "max_agent_call_depth", "config_version"];

    public static IReadOnlyDictionary<string, TomlValue> Read(SectionReader root)
    {
        var kept = new Dictionary<string, TomlValue>(StringComparer.Ordinal);
        Keep<TomlTable>(root, _tables, "a table", kept);
        Keep<TomlArray>(root, _lists, "a list", kept);
        Keep<TomlString>(root, _texts, "a string", kept);
        Keep<TomlInteger>(root, _numbers, "an integer", kept);
        return kept;
    }

    private static void Keep<T>(SectionReader root, string[] keys, string expected, Dictionary<string, TomlValue> kept)
        where T : TomlValue
    {
        foreach (var key in keys)
        {
            if (root.Find(key) is not { } value)
                continue;

            if (value is T)
                kept.Add(key, value);
            else
                root.Fault(key, value, $"expected {expected}, found {value.Kind}");
            root.NoEffectYet(key);
        }
    }
}

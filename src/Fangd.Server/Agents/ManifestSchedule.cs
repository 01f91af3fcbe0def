using Fangd.Engine.Agents;
using Fangd.Server.Config;
using Fangd.Toml;

namespace Fangd.Server.Agents;

/// <summary>
/// <c>schedule</c>: a word, or a table. The table names the kind as its one key (<c>periodic = { cron = "…" }</c>), or
/// in <c>type</c> beside the settings.
/// </summary>
internal static class ManifestSchedule
{
    private static readonly string[] _kinds = ["reactive", "periodic", "proactive", "continuous"];

    public static AgentSchedule Read(SectionReader root)
    {
        switch (root.Find("schedule"))
        {
            case null:
                return AgentSchedule.Reactive;
            case TomlString word:
                return ReadWord(root, word);
            case TomlTable table:
                return ReadTable(root, table);
            case var other:
                root.Fault("schedule", other, $"expected a word or a table, found {other.Kind}");
                return AgentSchedule.Reactive;
        }
    }

    private static AgentSchedule ReadWord(SectionReader root, TomlString word)
    {
        switch (word.Value.ToLowerInvariant())
        {
            case "reactive":
                return AgentSchedule.Reactive;
            case "continuous":
                return new ContinuousSchedule();
            case "periodic" or "proactive":
                root.Fault("schedule", word, $"{word.Value} needs settings: schedule = {{ {(word.Value.StartsWith("per", StringComparison.OrdinalIgnoreCase) ? "periodic = { cron = \"0 9 * * *\" }" : "proactive = { conditions = [\"...\"] }")} }}");
                return AgentSchedule.Reactive;
            default:
                root.Fault("schedule", word, $"expected one of {string.Join(", ", _kinds)}, found {word}{Nearest.Hint(word.Value, _kinds)}");
                return AgentSchedule.Reactive;
        }
    }

    private static AgentSchedule ReadTable(SectionReader root, TomlTable table)
    {
        var section = root.Section("schedule");
        var settings = section;
        var kind = _kinds.FirstOrDefault(table.Contains);
        if (kind is not null)
            settings = section.Section(kind);
        else
            kind = section.Choice("type", "reactive", ("reactive", "reactive"), ("periodic", "periodic"), ("proactive", "proactive"), ("continuous", "continuous"));

        AgentSchedule read = kind switch
        {
            "periodic" => new PeriodicSchedule(ReadCron(settings)),
            "proactive" => new ProactiveSchedule(settings.Strings("conditions")),
            "continuous" => new ContinuousSchedule(settings.Integer("check_interval_secs", 60, 1)),
            _ => AgentSchedule.Reactive,
        };
        if (settings != section)
            settings.Finish();
        section.Finish();
        return read;
    }

    private static string ReadCron(SectionReader settings)
    {
        if (settings.OptionalString("cron") is { } cron)
            return cron;
        if (settings.Find("cron") is null or TomlString)
            settings.Missing("cron", "a periodic schedule needs a cron expression, like \"0 9 * * *\"");
        return "";
    }
}

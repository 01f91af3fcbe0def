using System.Text;
using System.Text.Json;

namespace Fangd.Engine.Tools.Shell;

/// <summary>What the tools for one running process share.</summary>
internal static class ProcessCall
{
    public static ToolSpec Spec(string name, string description, ToolRisk risk, string more = "", string required = "") => new(
        name,
        description,
        Encoding.UTF8.GetBytes($$$"""
            {"type":"object","properties":{"process_id":{"type":"string","description":"As process_start returned it"}{{{more}}}},
             "required":["process_id"{{{required}}}]}
            """),
        risk);

    /// <summary>Null with what to answer when the agent has no such process.</summary>
    public static BackgroundProcess? Find(ProcessTable table, JsonElement arguments, ToolScope scope, out ToolOutcome missing)
    {
        var id = arguments.GetProperty("process_id").GetString() ?? "";
        var found = table.Find(scope.AgentId, id);
        missing = found is null
            ? ToolOutcome.Error("There is no such process of yours. Processes end when the daemon stops; process_list shows what runs.")
            : default;
        return found;
    }

    /// <summary>What it printed since the last time, and how it stands.</summary>
    public static string Tell(BackgroundProcess process)
    {
        // The exit first: what comes after it is told the next time.
        var exit = process.Exit;
        var (text, cut) = process.Take();
        var lost = cut > 0 ? $"[… {cut} bytes were dropped before this …]\n" : "";
        var state = exit is not { } end ? "[running]" : CommandWords.End(end) is { Length: > 0 } words ? words : "[exit code 0]";
        return $"{lost}{text}{(text.Length > 0 && text[^1] != '\n' ? "\n" : "")}{state}";
    }
}

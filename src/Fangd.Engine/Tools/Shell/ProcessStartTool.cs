using System.Text.Json;
using Fangd.Engine.Processes;

namespace Fangd.Engine.Tools.Shell;

/// <summary>Starts a process that goes on beside the conversation.</summary>
public sealed class ProcessStartTool(CommandLauncher launcher, ProcessTable table) : IGuardedTool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{
          "command":{"type":"string","description":"The command line, or only the program when args is given"},
          "args":{"type":"array","items":{"type":"string"},"description":"The program's arguments, as they are"}},"required":["command"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new(
        "process_start",
        "Starts a command in your workspace that goes on running, and returns its process_id. "
        + "Use process_poll to read what it prints and process_kill to end it.",
        _schema,
        ToolRisk.Critical)
    {
        Refuses = CommandWords.Refused,
        IsTopLevelOnly = true,
    };

    public string? Denial(JsonElement arguments, ToolScope scope) => CommandWords.Denial(() => Admit(arguments, launcher.GrantOf(scope)));

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var grant = launcher.GrantOf(scope);
        try
        {
            var plan = Admit(arguments, grant);
            var process = await table.Start(scope.AgentId, Words(arguments), launcher.Prepare(plan, grant) with { HasInput = true }, run);
            return ToolOutcome.Ok($"Started with process_id {process.Id}. It ends with the daemon.");
        }
        catch (CommandRefusal refusal)
        {
            return ToolOutcome.Error($"The process was not started: {refusal.Message}.");
        }
        catch (ProcessException failed)
        {
            return ToolOutcome.Error($"The process was not started: {failed.Message}.");
        }
    }

    private ExecPlan Admit(JsonElement arguments, ExecGrant grant)
    {
        var command = arguments.GetProperty("command").GetString() ?? "";
        return Arguments(arguments) is { } list ? launcher.Policy.Admit(command, list, grant) : launcher.Policy.Admit(command, grant);
    }

    private static string Words(JsonElement arguments) =>
        string.Join(' ', (Arguments(arguments) ?? []).Prepend(arguments.GetProperty("command").GetString()));

    private static List<string>? Arguments(JsonElement arguments)
    {
        if (!arguments.TryGetProperty("args", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            return null;
        List<string> texts = [];
        foreach (var item in list.EnumerateArray())
            texts.Add(item.ValueKind == JsonValueKind.String ? item.GetString() ?? "" : item.GetRawText());
        return texts;
    }
}

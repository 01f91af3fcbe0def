using System.Globalization;
using System.Text.Json;

namespace Fangd.Engine.Tools.Shell;

/// <summary>Lists the agent's processes.</summary>
public sealed class ProcessListTool(ProcessTable table) : ITool
{
    private const int MaxCommand = 200;

    public ToolSpec Spec { get; } = new(
        "process_list", "Lists the processes that you started, with their ids.", """{"type":"object","properties":{}}"""u8.ToArray(), ToolRisk.Low)
    {
        IsReadOnly = true,
    };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var own = table.Of(scope.AgentId);
        return ValueTask.FromResult(ToolOutcome.Ok(
            own.Count == 0 ? "You have no processes. They end when the daemon stops and are not started again." : string.Join('\n', own.Select(Line))));
    }

    private static string Line(BackgroundProcess process)
    {
        var state = process.Exit is not { } exit ? "running" : string.Create(CultureInfo.InvariantCulture, $"ended with {exit.Status}");
        var command = process.Command.Length > MaxCommand ? process.Command[..MaxCommand] + "…" : process.Command;
        return $"{process.Id}  {state}  since {process.Started:yyyy-MM-dd HH:mm:ss}Z  {command}";
    }
}

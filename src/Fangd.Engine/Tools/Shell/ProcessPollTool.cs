using System.Text.Json;

namespace Fangd.Engine.Tools.Shell;

/// <summary>Reads what a process printed since the last time.</summary>
public sealed class ProcessPollTool(ProcessTable table) : ITool
{
    public ToolSpec Spec { get; } = ProcessCall.Spec(
        "process_poll", "Returns what a process printed since the last poll, and whether it still runs.", ToolRisk.Low);

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) => ValueTask.FromResult(
        ProcessCall.Find(table, arguments, scope, out var missing) is { } process ? ToolOutcome.Ok(ProcessCall.Tell(process)) : missing);
}

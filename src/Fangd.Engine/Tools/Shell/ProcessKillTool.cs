using System.Text.Json;
using Fangd.Engine.Processes;

namespace Fangd.Engine.Tools.Shell;

/// <summary>Ends a process with everything it started.</summary>
public sealed class ProcessKillTool(ProcessTable table) : ITool
{
    public ToolSpec Spec { get; } = ProcessCall.Spec(
        "process_kill", "Ends a process, politely first, and returns the rest of what it printed.", ToolRisk.Low);

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        if (ProcessCall.Find(table, arguments, scope, out var missing) is not { } process)
            return missing;
        await process.Child.Kill(ChildProcess.Grace);
        await process.Finished;
        var last = ProcessCall.Tell(process);
        await table.Remove(process);
        return ToolOutcome.Ok(last);
    }
}

using System.Text.Json;
using Fangd.Engine.Memory;
using Fangd.Engine.Taint;

namespace Fangd.Engine.Tools.Tasks;

/// <summary>Reports what came of a task.</summary>
public sealed class TaskCompleteTool(ITaskBoard board) : ITool
{
    /// <summary>Most characters of a result.</summary>
    private const int LongestResult = 50_000;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"task_id":{"type":"string"},"result":{"type":"string","description":"What came of it"}},"required":["task_id","result"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("task_complete", "Completes a task that you claimed and keeps its result on the board.", _schema, ToolRisk.Low);

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var result = arguments.Text("result") ?? "";
        if (result.Length > LongestResult)
            return ToolOutcome.Error($"The argument \"result\" has {result.Length} characters; expected at most {LongestResult}. Write it to a file and name that.");
        var completed = await board.Complete(scope.AgentId, arguments.Text("task_id") ?? "", result, ContextTaint.Carried(scope, result));
        return completed.Task is { } task ? ToolOutcome.Ok($"Task {task.Id} is completed.") : ToolOutcome.Error(completed.Refusal!);
    }
}

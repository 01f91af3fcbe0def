using System.Text.Json;
using Fangd.Engine.Memory;

namespace Fangd.Engine.Tools.Tasks;

/// <summary>Shows one task, with its result when it has one.</summary>
public sealed class TaskStatusTool(ITaskBoard board) : ITool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"task_id":{"type":"string"}},"required":["task_id"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("task_status", "Shows one task of the board and what came of it.", _schema, ToolRisk.Low) { IsReadOnly = true };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var id = arguments.Text("task_id") ?? "";
        return ValueTask.FromResult(board.Find(id) is { } task ? TaskTexts.Shown(task) : ToolOutcome.Error("There is no task with the id in \"task_id\"; task_list shows those there are."));
    }
}

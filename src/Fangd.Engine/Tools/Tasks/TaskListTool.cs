using System.Text.Json;
using Fangd.Engine.Memory;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools.Tasks;

/// <summary>Shows the board.</summary>
public sealed class TaskListTool(ITaskBoard board) : ITool
{
    private const int MostListed = 50;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"status":{"type":"string","enum":["pending","in_progress","completed"],"description":"All when left out"}}}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("task_list", "Lists the tasks of the board, the newest first.", _schema, ToolRisk.Low) { IsReadOnly = true };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var status = arguments.Text("status") is { } word ? BoardStatuses.Find(word) : null;
        var tasks = board.List(status, MostListed);
        var labels = TaintLabels.None;
        foreach (var task in tasks)
            labels |= task.Taint;
        return ValueTask.FromResult(ToolOutcome.Ok(tasks.Count == 0 ? "No tasks." : string.Join('\n', tasks.Select(TaskTexts.Line))) with { Labels = labels });
    }
}

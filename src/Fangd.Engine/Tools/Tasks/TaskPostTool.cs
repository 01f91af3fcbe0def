using System.Text.Json;
using Fangd.Engine.Memory;
using Fangd.Engine.Taint;

namespace Fangd.Engine.Tools.Tasks;

/// <summary>Puts a task on the board.</summary>
public sealed class TaskPostTool(ITaskBoard board) : ITool
{
    /// <summary>Most characters of a title.</summary>
    private const int LongestTitle = 200;

    /// <summary>Most characters of a description.</summary>
    private const int LongestDescription = 20_000;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"title":{"type":"string"},"description":{"type":"string","description":"What is to be done, with all that is needed to do it"},"assigned_to":{"type":"string","description":"Name or id of the agent that is to do it; anybody when left out"}},"required":["title","description"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("task_post", "Puts a task on the board that all agents share.", _schema, ToolRisk.Low);

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var title = arguments.Text("title")?.Trim() ?? "";
        var description = arguments.Text("description") ?? "";
        if (title.Length is 0 or > LongestTitle)
            return ToolOutcome.Error($"The argument \"title\" has {title.Length} characters; expected 1 to {LongestTitle}.");
        if (description.Length > LongestDescription)
            return ToolOutcome.Error($"The argument \"description\" has {description.Length} characters; expected at most {LongestDescription}.");
        var posted = await board.Post(scope.AgentId, title, description, arguments.Text("assigned_to"), ContextTaint.Carried(scope, title, description));
        return posted.Task is { } task ? ToolOutcome.Ok($"Posted as task {task.Id}.") : ToolOutcome.Error(posted.Refusal!);
    }
}

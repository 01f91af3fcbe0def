using System.Text;
using Fangd.Engine.Memory;

namespace Fangd.Engine.Tools.Tasks;

/// <summary>A task as a model reads it.</summary>
internal static class TaskTexts
{
    public static string Line(BoardTask task) => $"{task.Id} [{task.Status.Word()}] {task.Title}";

    /// <summary>The whole of it, with the labels it was written with.</summary>
    public static ToolOutcome Shown(BoardTask task) => ToolOutcome.Ok(Whole(task)) with { Labels = task.Taint };

    private static string Whole(BoardTask task)
    {
        var text = new StringBuilder("Task ").Append(task.Id).Append(" (").Append(task.Status.Word()).Append("): ").Append(task.Title)
            .Append('\n').Append(task.Description);
        if (task.Result is { } result)
            text.Append("\nResult: ").Append(result);
        return text.ToString();
    }
}

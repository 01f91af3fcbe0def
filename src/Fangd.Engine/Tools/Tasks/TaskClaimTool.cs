using System.Text.Json;
using Fangd.Engine.Memory;

namespace Fangd.Engine.Tools.Tasks;

/// <summary>Takes the next task of the board.</summary>
public sealed class TaskClaimTool(ITaskBoard board) : ITool
{
    public ToolSpec Spec { get; } = new(
        "task_claim", "Takes the next task of the board, which is then yours to do and to complete.", "{\"type\":\"object\",\"properties\":{}}"u8.ToArray(), ToolRisk.Low);

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run) =>
        await board.Claim(scope.AgentId) is { } task ? TaskTexts.Shown(task) : ToolOutcome.Ok("No task waits.");
}

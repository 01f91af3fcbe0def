using Fangd.Engine.Turns;
using Fangd.Server.Http;
using Fangd.Server.Runs;

namespace Fangd.Server.Agents;

/// <summary>Renders a run's events as the SSE stream of the documents; event names follow the dialect. <c>done</c> or <c>error</c> comes once, last.</summary>
internal sealed class MessageStream(SseStream sse, Dialect dialect, Run run)
{
    public bool IsEnded { get; private set; }

    public async ValueTask Write(IReadOnlyList<RunEvent> happened, bool isCutOff)
    {
        if (isCutOff)
        {
            End(new StreamError("this reader fell too far behind; the answer is in the session", "slow_reader", null));
        }
        else if (happened.Count == 0)
        {
            await sse.Comment();
            return;
        }

        foreach (var one in happened)
            Write(one);
        await sse.Flush();
    }

    private void Write(RunEvent happened)
    {
        switch (happened)
        {
            case TextDelta text when dialect.TextEvent == "chunk":
                sse.Write("chunk", new StreamChunk(text.Text, false));
                break;
            case TextDelta text:
                sse.Write(dialect.TextEvent, new StreamText(text.Text));
                break;
            case ToolStarted tool:
                sse.Write("tool_use", new StreamTool(tool.Tool));
                break;
            case ToolFinished tool when dialect.SendsToolResults:
                sse.Write("tool_result", new StreamToolResult(tool.Tool, tool.Input, tool.Result, tool.IsError));
                break;
            case ToolProgressed news:
                sse.Write("phase", new StreamTool(news.Tool) { Phase = "tool_use", Detail = news.Detail });
                break;
            case ApprovalRequested asks:
                sse.Write(
                    "approval_requested",
                    new StreamApproval(asks.ApprovalId, asks.Tool, asks.Description, asks.RiskLevel, asks.TimeoutSecs));
                break;
            case ApprovalDecided decided:
                sse.Write("approval_decided", new StreamApprovalDecided(decided.ApprovalId, decided.Tool, decided.IsApproved));
                break;
            case RunFinished { Result: var result }:
                sse.Write(
                    "done",
                    new StreamDone(
                        true,
                        new StreamUsage(result.Usage.Input, result.Usage.Output),
                        run.Session!.Id,
                        result.Iterations,
                        result.CostUsd,
                        result.Model,
                        result.IsSilent ? true : null,
                        run.BudgetWarning));
                IsEnded = true;
                break;
            case RunFailed failed:
                End(new StreamError(
                    failed.Message,
                    RunFailure.Code(failed.Fault),
                    failed.RetryAfter is { } wait ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : null));
                break;
        }
    }

    private void End(StreamError error)
    {
        sse.Write("error", error);
        IsEnded = true;
    }
}

using Fangd.Cli.Api;
using Fangd.Cli.Output;

namespace Fangd.Cli.Chat;

/// <summary>One message of a chat: prints its run while it goes on. Ctrl-C stops the run; a second one stops listening.</summary>
internal sealed class ChatRun(CommandContext context, AgentEntry agent)
{
    private readonly TerminalOutput output = context.Output;
    private bool isLineOpen;

    /// <summary>True when the run ended well.</summary>
    public async Task<bool> Send(string message, CancellationToken aborted)
    {
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        var stopping = Task.CompletedTask;
        var presses = 0;
        using var interrupt = context.Host.OnInterrupt(() =>
        {
            if (Interlocked.Increment(ref presses) == 1)
                stopping = Stop(aborted);
            else
                listening.Cancel();
        });
        var isWell = false;
        try
        {
            await foreach (var update in context.Client.Stream(agent.Id, message, null, listening.Token))
                isWell = Show(update, presses > 0);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            CloseLine();
            output.Line(output.Dim("no longer listening; the answer will be in the session"));
        }
        await stopping;
        return isWell;
    }

    private async Task Stop(CancellationToken aborted)
    {
        try
        {
            using var answer = await context.Client.Post($"api/agents/{agent.Id}/stop", null, aborted);
        }
        catch (CommandException failure)
        {
            output.ErrorLine(failure.Message);
        }
    }

    private bool Show(RunUpdate update, bool isStopped)
    {
        switch (update)
        {
            case AnswerText part:
                output.Write(output.Foreign(part.Text));
                isLineOpen = !part.Text.EndsWith('\n');
                return false;
            case ToolCalled call:
                CloseLine();
                output.Line(output.Dim($"[{output.Foreign(call.Tool)}]"));
                return false;
            case ApprovalWaits waits:
                CloseLine();
                output.Line(output.Foreign($"waits for approval: {waits.Description}"));
                output.Line(output.Dim($"elsewhere: fangd approvals approve {output.Foreign(waits.Id)}"));
                return false;
            case ToolDone done when done.IsError:
                CloseLine();
                output.Line(output.Dim($"[{output.Foreign(done.Tool)} failed]"));
                return false;
            case RunDone done:
                CloseLine();
                if (output.IsTerminal && done.InputTokens + done.OutputTokens > 0)
                    output.Line(output.Dim($"{done.InputTokens} tokens in, {done.OutputTokens} out{(done.CostUsd > 0 ? $", {done.CostUsd:0.0000} USD" : "")}"));
                return true;
            case RunBroken broken:
                CloseLine();
                if (isStopped)
                    output.Line(output.Dim("stopped"));
                else
                    output.ErrorLine($"{output.Red("failed:")} {output.Foreign(broken.Message)}");
                return false;
            default:
                return false;
        }
    }

    private void CloseLine()
    {
        if (isLineOpen)
            output.Line();
        isLineOpen = false;
    }
}

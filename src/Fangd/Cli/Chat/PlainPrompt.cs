using Fangd.Cli.Output;

namespace Fangd.Cli.Chat;

/// <summary>Reads whole lines; the terminal's own driver does what editing there is.</summary>
internal sealed class PlainPrompt(CliHost host, TerminalOutput output) : IPrompt
{
    private readonly TextReader input = host.In();

    // A read of a terminal cannot be taken back: after Ctrl-C the same one goes on.
    private Task<string?>? reading;

    public async Task<PromptAnswer> Ask(string prompt, CancellationToken aborted)
    {
        if (host.IsInputTerminal)
            output.Write(prompt);
        reading ??= Task.Run(input.ReadLine, aborted);
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = host.OnInterrupt(() => interrupted.TrySetResult());
        if (await Task.WhenAny(reading, interrupted.Task).WaitAsync(aborted) != reading)
        {
            output.Line();
            return new PromptAnswer(PromptEnd.Interrupted, "");
        }
        var line = await reading;
        reading = null;
        return line is null ? new PromptAnswer(PromptEnd.Closed, "") : new PromptAnswer(PromptEnd.Line, line);
    }
}

namespace Fangd.Cli.Chat;

/// <summary>Asks for a line: with keys on a terminal, with plain lines from a dumb one or a pipe.</summary>
internal interface IPrompt
{
    Task<PromptAnswer> Ask(string prompt, CancellationToken aborted);
}

/// <summary><paramref name="Text"/>: the line, when there is one.</summary>
internal readonly record struct PromptAnswer(PromptEnd End, string Text);

internal enum PromptEnd
{
    Line,
    /// <summary>Ctrl-C.</summary>
    Interrupted,
    /// <summary>Ctrl-D, or the input is at its end.</summary>
    Closed,
}

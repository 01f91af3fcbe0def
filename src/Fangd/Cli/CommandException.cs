namespace Fangd.Cli;

/// <summary>A command ends here, with a sentence for the user and, if there is something to do, what.</summary>
internal sealed class CommandException(int exitCode, string message, string? hint = null) : Exception(message)
{
    public int ExitCode => exitCode;

    /// <summary>What to do next; may have several lines.</summary>
    public string? Hint => hint;

    /// <summary>
    /// <paramref name="command"/>: whose help says more; null for the overview. <paramref name="near"/>: what was probably meant.
    /// </summary>
    public static CommandException Usage(string message, string? command, string? near = null)
    {
        var help = string.IsNullOrEmpty(command) ? "see: fangd help" : $"see: fangd help {command}";
        return new CommandException(Cli.ExitCode.Usage, near is null ? message : $"{message}; did you mean \"{near}\"?", help);
    }
}

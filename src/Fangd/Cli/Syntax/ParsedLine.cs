namespace Fangd.Cli.Syntax;

/// <summary>A command line that was understood.</summary>
internal sealed class ParsedLine(Command command, IReadOnlyDictionary<string, string> options, IReadOnlyList<string> arguments)
{
    public Command Command => command;

    /// <summary>The words by place.</summary>
    public IReadOnlyList<string> Arguments => arguments;

    public bool Has(CommandOption option) => options.ContainsKey(option.Name);

    public string? Value(CommandOption option) => options.GetValueOrDefault(option.Name);

    /// <summary>A value as a whole number in the range; a usage error otherwise.</summary>
    public int Number(CommandOption option, int absent, int least, int most)
    {
        if (Value(option) is not { } text)
            return absent;
        if (int.TryParse(text, out var number) && number >= least && number <= most)
            return number;
        throw CommandException.Usage($"{option.Name} takes a number from {least} to {most}, not \"{text}\"", command.Name);
    }
}

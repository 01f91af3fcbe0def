using Fangd.Cli.Syntax;

namespace Fangd.Cli.Completions;

/// <summary>The command table as a shell sees it: what may follow which words.</summary>
internal sealed class CompletionTree(IReadOnlyList<Command> commands)
{
    public IReadOnlyList<Command> Commands { get; } = [.. commands.Where(command => !command.IsHidden)];

    /// <summary>Words that begin more than one command and are none themselves: <c>agent</c>, <c>config</c>.</summary>
    public IEnumerable<string> Families => Commands.Where(command => command.Name.Contains(' ')).Select(command => command.Name.Split(' ')[0]).Distinct();

    /// <summary>First words with what they do.</summary>
    public IEnumerable<(string Word, string About)> FirstWords =>
        Commands.Select(command => command.Name.Contains(' ') ? (command.Name.Split(' ')[0], $"{command.Group} commands") : (command.Name, command.Summary)).DistinctBy(pair => pair.Item1);

    /// <summary>What may follow the first word of a family.</summary>
    public IEnumerable<(string Word, string About)> SecondWords(string family) =>
        Commands.Where(command => command.Name.StartsWith(family + " ", StringComparison.Ordinal)).Select(command => (command.Name[(family.Length + 1)..], command.Summary));

    public static IEnumerable<CommandOption> OptionsOf(Command command) => command.Options.Concat(GlobalOptions.All);

    /// <summary>Every option that takes a value, so that a script does not take the value for a command.</summary>
    public IEnumerable<string> OptionsWithValue =>
        Commands.SelectMany(OptionsOf).Where(option => option.TakesValue).Select(option => option.Name).Distinct();
}

using System.Text;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Output;

/// <summary>The help, written from the same table that the parser reads.</summary>
internal sealed class HelpPage(IReadOnlyList<Command> commands, TerminalOutput output)
{
    public void Overview(string version)
    {
        output.Line($"fangd {version}: an agent daemon in one file");
        output.Line();
        output.Line("Usage: fangd COMMAND [OPTIONS]");
        foreach (var group in Enum.GetValues<CommandGroup>())
        {
            output.Line();
            output.Line(output.Bold(Heading(group)));
            Pairs(commands.Where(command => command.Group == group && !command.IsHidden).Select(command => (Usage(command), command.Summary)));
        }
        Globals();
        output.Line();
        output.Line(output.Bold("Exit codes"));
        Pairs(ExitCode.All.Select(code => (code.Code.ToString(), code.Meaning)));
        output.Line();
        output.Line("More about one command: fangd help COMMAND");
    }

    /// <summary>The commands below a word such as <c>agent</c>.</summary>
    public void Family(string name)
    {
        output.Line($"Usage: fangd {name} COMMAND [OPTIONS]");
        output.Line();
        Pairs(commands.Where(command => command.Name.StartsWith(name + " ", StringComparison.Ordinal)).Select(command => (Usage(command), command.Summary)));
        output.Line();
        output.Line($"More about one of them: fangd help {name} COMMAND");
    }

    public void One(Command command)
    {
        output.Line($"{command.Summary}.");
        output.Line();
        output.Line($"Usage: fangd {Usage(command)}{(command.Options.Count > 0 ? " [OPTIONS]" : "")}");
        if (command.Details.Length > 0)
        {
            output.Line();
            output.Line(command.Details);
        }
        if (command.Arguments.Count > 0)
        {
            output.Line();
            output.Line(output.Bold("Arguments"));
            Pairs(command.Arguments.Select(argument => (argument.Name, argument.Help)));
        }
        if (command.Options.Count > 0)
        {
            output.Line();
            output.Line(output.Bold("Options"));
            Pairs(command.Options.Select(Pair));
        }
        Globals();
        if (command.Examples.Count == 0)
            return;
        output.Line();
        output.Line(output.Bold("Examples"));
        foreach (var example in command.Examples)
            output.Line("  " + example);
    }

    private void Globals()
    {
        output.Line();
        output.Line(output.Bold("Options of every command"));
        Pairs(GlobalOptions.All.Select(Pair));
    }

    private static string Heading(CommandGroup group) => group switch
    {
        CommandGroup.Daemon => "Daemon",
        CommandGroup.Agents => "Agents",
        CommandGroup.Setup => "Setup",
        _ => "Other",
    };

    private static string Usage(Command command) =>
        command.Arguments.Aggregate(new StringBuilder(command.Name), (usage, argument) => usage.Append(' ').Append(argument.Usage)).ToString();

    private static (string, string) Pair(CommandOption option)
    {
        var brief = option.Letter is { } letter ? $"-{letter}, " : "";
        var value = option.ValueName is null ? "" : " " + option.ValueName;
        return (brief + option.Name + value, option.Variable is null ? option.Help : $"{option.Help} ({option.Variable})");
    }

    private void Pairs(IEnumerable<(string Left, string Right)> pairs)
    {
        var all = pairs.ToArray();
        var width = all.Length == 0 ? 0 : all.Max(pair => pair.Left.Length);
        foreach (var (left, right) in all)
            output.Line($"  {left.PadRight(width)}  {right}");
    }
}

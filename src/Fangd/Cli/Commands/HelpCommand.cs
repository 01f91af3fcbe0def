using Fangd.Cli.Output;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

/// <summary>The overview, or one command in full.</summary>
internal sealed class HelpCommand : Command
{
    public override string Name => "help";
    public override string Summary => "Show what a command does";
    public override CommandGroup Group => CommandGroup.Other;
    public override IReadOnlyList<CommandArgument> Arguments => [new("COMMAND", "The command; all of them otherwise") { IsOptional = true, IsRepeated = true }];

    public override Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var page = new HelpPage(context.Commands, context.Output);
        var name = string.Join(' ', context.Line.Arguments);
        if (name.Length == 0)
            page.Overview(BuildInfo.Version);
        else if (context.Commands.FirstOrDefault(command => command.Name == name) is { } command)
            page.One(command);
        else if (context.Commands.Any(other => other.Name.StartsWith(name + " ", StringComparison.Ordinal)))
            page.Family(name);
        else
            throw CommandException.Usage($"unknown command \"{name}\"", null, NearestName.Of(name, context.Commands.Select(other => other.Name)));
        return Task.FromResult(ExitCode.Ok);
    }
}

using Fangd.Cli.Commands;
using Fangd.Cli.Output;
using Fangd.Cli.Syntax;

namespace Fangd.Cli;

/// <summary>Reads the command line, runs the command, and is the one place where a failure becomes text and an exit code.</summary>
internal static class CommandLine
{
    public static async Task<int> Run(IReadOnlyList<string> arguments, CliHost host, CancellationToken aborted)
    {
        var output = Output(host, arguments.Contains(GlobalOptions.NoColor.Name));
        try
        {
            if (arguments is ["--version" or "-V"])
                arguments = ["version"];
            var commands = CommandTable.All();
            var line = new CommandLineParser(commands).Parse(arguments);
            using var context = new CommandContext(host, line, output, commands);
            if (line.Has(GlobalOptions.Help) && line.Command is not HelpCommand)
            {
                new HelpPage(commands, output).One(line.Command);
                return ExitCode.Ok;
            }
            return await line.Command.Run(context, aborted);
        }
        catch (CommandException failure)
        {
            output.ErrorLine($"{output.Red("error:")} {output.Foreign(failure.Message)}");
            foreach (var hint in failure.Hint?.Split('\n') ?? [])
                output.ErrorLine("  " + hint);
            return failure.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
    }

    private static TerminalOutput Output(CliHost host, bool isPlain)
    {
        var isStyled = host.IsOutputTerminal && !isPlain && host.Variable("NO_COLOR") is null && host.Variable("TERM") is not (null or "dumb");
        return new TerminalOutput(host.Out, host.Error, isStyled, host.IsOutputTerminal);
    }
}

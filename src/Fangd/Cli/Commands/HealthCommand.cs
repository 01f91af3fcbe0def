using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

/// <summary>Whether the daemon is well, as an exit code; a container's HEALTHCHECK. Needs no key.</summary>
internal sealed class HealthCommand : Command
{
    private static readonly CommandOption Patience = new("--timeout", "How long it may take to answer; 5 otherwise") { ValueName = "SECONDS" };

    public override string Name => "health";
    public override string Summary => "Exit with 0 when the daemon is well, with 1 otherwise";
    public override CommandGroup Group => CommandGroup.Daemon;

    // Docker knows 0 and 1 and keeps the rest for itself.
    public override string Details => "For scripts, monitors and a container's HEALTHCHECK: no other exit codes, and no key is needed.";

    public override IReadOnlyList<CommandOption> Options => [Patience, GlobalOptions.Json];
    public override IReadOnlyList<string> Examples => ["fangd health", "HEALTHCHECK CMD [\"fangd\", \"health\"]"];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var patience = TimeSpan.FromSeconds(context.Line.Number(Patience, 5, 1, 600));
        try
        {
            using var answer = await context.Client.Get("api/health", patience, aborted);
            var status = answer.Root.Text("status");
            if (context.IsJson)
                context.Output.Json(answer.Body);
            else
                context.Output.Line(context.Output.Foreign(status));
            return status is "ok" or "healthy" ? ExitCode.Ok : ExitCode.Failed;
        }
        catch (CommandException failure) when (failure.ExitCode != ExitCode.Usage)
        {
            if (!context.IsJson)
                throw new CommandException(ExitCode.Failed, failure.Message, failure.Hint);
            context.Output.Json(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("status", "unreachable");
                writer.WriteString("error", failure.Message);
                writer.WriteEndObject();
            });
            return ExitCode.Failed;
        }
    }
}

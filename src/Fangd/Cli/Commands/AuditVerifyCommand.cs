using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class AuditVerifyCommand : Command
{
    public override string Name => "audit verify";
    public override string Summary => "Check that nobody changed the audit trail";
    public override CommandGroup Group => CommandGroup.Daemon;
    public override string Details => "Ends with exit code 1 when an entry was changed, moved or taken out.";
    public override IReadOnlyList<CommandOption> Options => [GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        using var answer = await context.Client.Get("api/audit/verify", aborted);
        var isWhole = answer.Root.Text("status") == "valid";
        if (context.IsJson)
            context.Output.Json(answer.Body);
        else if (isWhole)
            context.Output.Line($"{context.Output.Green("whole:")} {answer.Root.Text("chain_length")} entries, each as it was written");
        else
            context.Output.Line($"{context.Output.Red("broken")} at entry {answer.Root.Text("break_at")}: {context.Output.Foreign(answer.Root.Text("error"))}");
        return isWhole ? ExitCode.Ok : ExitCode.Failed;
    }
}

using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class VaultRemoveCommand : Command
{
    public override string Name => "vault remove";
    public override string Summary => "Forget a secret";
    public override CommandGroup Group => CommandGroup.Setup;
    public override IReadOnlyList<CommandArgument> Arguments => [new("NAME", "As \"fangd vault list\" shows it")];
    public override IReadOnlyList<CommandOption> Options => [GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var name = context.Line.Arguments[0];
        using var answer = await context.Client.Delete($"api/vault/{Uri.EscapeDataString(name)}", aborted);
        if (context.IsJson)
            context.Output.Json(answer.Body);
        else
            context.Output.Line(context.Output.Foreign($"{name} is forgotten"));
        return ExitCode.Ok;
    }
}

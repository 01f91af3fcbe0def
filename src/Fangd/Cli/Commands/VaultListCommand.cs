using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class VaultListCommand : Command
{
    public override string Name => "vault list";
    public override string Summary => "List the names of the secrets that fangd keeps";
    public override CommandGroup Group => CommandGroup.Setup;
    public override IReadOnlyList<CommandOption> Options => [GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        using var answer = await context.Client.Get("api/vault", aborted);
        if (context.IsJson)
        {
            context.Output.Json(answer.Body);
            return ExitCode.Ok;
        }
        foreach (var name in answer.Root.Items("names"))
            context.Output.Line(context.Output.Foreign(name.GetString() ?? ""));
        var status = answer.Root.Field("status") ?? default;
        context.Output.ErrorLine(context.Output.Dim(context.Output.Foreign($"vault: {status.Text("state")}, key from: {status.Text("key_source")} {status.Text("error")}".TrimEnd())));
        return status.Text("state") == "locked" ? ExitCode.Failed : ExitCode.Ok;
    }
}
